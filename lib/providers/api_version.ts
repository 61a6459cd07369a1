import type { ProviderRow } from "./catalog.ts";

const DATE = /^\d{4}-\d{2}-\d{2}/;

/**
 * The row and the base URL of a version of the provider's API, where it has versions: the one that is configured,
 * else the one in the URL's query, as Azure's portal writes it. A date has paths of its own.
 */
export function atApiVersion(
  row: ProviderRow,
  baseUrl: URL,
  configured: string | null,
): { readonly row: ProviderRow; readonly baseUrl: URL } {
  const { apiVersions } = row;
  if (apiVersions === undefined) return { row, baseUrl };
  const { parameter, dated } = apiVersions;
  const version = configured ?? baseUrl.searchParams.get(parameter);
  if (version === null) return { row, baseUrl };
  const url = new URL(baseUrl);
  url.searchParams.set(parameter, version);
  return { row: DATE.test(version) ? { ...row, ...dated } : row, baseUrl: url };
}
