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
  /** Such a URL with `{region}` in it, for a type that has one a region. */
  readonly regionalUrl: string | null;
  /** Its requests may be signed with AWS's keys. */
  readonly signs: boolean;
  /** What such a URL looks like; null: no advice. */
  readonly baseUrlExample: string | null;
  /** Its API has versions. */
  readonly hasVersions: boolean;
  /** Has a path that tells whether it is well. */
  readonly hasHealth: boolean;
}

export function providerType(name: ProviderTypeName): ProviderType {
  const row = catalogRow(name);
  return {
    variable: row?.keyVariable ?? null,
    needsBaseUrl: row !== null && row.baseUrl === null,
    regionalUrl: row?.regionalUrl ?? null,
    signs: row?.signs !== undefined,
    baseUrlExample: row?.baseUrlExample ?? null,
    hasVersions: row?.apiVersions !== undefined,
    hasHealth: row !== null && row.health !== null,
  };
}
