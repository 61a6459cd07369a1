import { CLOUDS } from "./catalog/clouds.ts";
import { FAMILIES, type Family } from "./catalog/families.ts";
import { HOSTED } from "./catalog/hosted.ts";
import type { ProviderRow } from "./catalog/row.ts";
import { SELF_HOSTED } from "./catalog/self_hosted.ts";

export {
  type AuthScheme,
  type Capability,
  isVerified,
  type PathTemplate,
  type ProviderRow,
  type Quirks,
} from "./catalog/row.ts";

/** Kinds of providers that are reached over HTTP, by the `type` of the configuration. */
export const CATALOG = { ...HOSTED, ...CLOUDS, ...SELF_HOSTED } as const satisfies Readonly<
  Record<string, ProviderRow>
>;

/** `type` of a provider over HTTP. */
export type CatalogType = keyof typeof CATALOG;

/** The rows with their types, in the order of lists for people. */
export const CATALOG_ROWS: readonly (readonly [CatalogType, ProviderRow])[] = Object.entries(CATALOG) as [
  CatalogType,
  ProviderRow,
][];

/** The row of a type; null where the catalogue has none. */
export function catalogRow(type: string): ProviderRow | null {
  return Object.hasOwn(CATALOG, type) ? CATALOG[type as CatalogType] : null;
}

/** The type under which what is shipped of a type's models stands: prices, and what they can do. */
export function modelsOf(type: string): string {
  return catalogRow(type)?.modelsOf ?? type;
}

export function familyOf(row: ProviderRow): Family {
  return FAMILIES[row.family];
}
