import { CATALOG_ROWS, catalogRow, type CatalogType } from "../providers/catalog.ts";

/** `type` of a provider: a row of the catalogue, or the built-in mock. */
export type ProviderTypeName = CatalogType | "mock";

export const PROVIDER_TYPES: readonly ProviderTypeName[] = [...CATALOG_ROWS.map(([name]) => name), "mock"];

/** What the configuration has to know of a provider's type. */
interface ProviderType {
  /** The variable that its users have, for messages; null: it takes no key, or may do without. */
  readonly variable: string | null;
  /** Has no URL of its own. */
  readonly needsBaseUrl: boolean;
  /** What such a URL looks like; null: no advice. */
  readonly baseUrlExample: string | null;
  /** Its API has versions. */
  readonly hasVersions: boolean;
}

export function providerType(name: ProviderTypeName): ProviderType {
  const row = catalogRow(name);
  return {
    variable: row?.keyVariable ?? null,
    needsBaseUrl: row !== null && row.baseUrl === null,
    baseUrlExample: row?.baseUrlExample ?? null,
    hasVersions: row?.apiVersions !== undefined,
  };
}
