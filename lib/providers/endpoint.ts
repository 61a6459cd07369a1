import type { WireFormat } from "../wire/canonical.ts";
import type { ProviderRow } from "./catalog.ts";

const VERSION = "/v1";

/** The paths of a provider's formats, each with what its base URL puts before it. */
export interface Endpoint {
  readonly paths: Readonly<Partial<Record<WireFormat, string>>>;
  /** The base URL's own query (`?api-version=1`), or empty. */
  readonly query: string;
}

/**
 * Joins a base URL and the paths of a row. A slash at the end makes no difference, nor does a URL that goes on
 * to one of the row's paths (`…/v1/chat/completions`), nor one that lacks the version where it is expected.
 */
export function endpointOf(base: URL, row: ProviderRow): Endpoint {
  let prefix = base.pathname.replace(/\/+$/, "");
  for (const path of Object.values(row.paths)) {
    if (prefix.endsWith(path)) prefix = prefix.slice(0, -path.length);
  }
  const lacksVersion = row.versionInBaseUrl ? prefix === "" : !prefix.endsWith(VERSION);
  if (lacksVersion) prefix += VERSION;
  const paths: Partial<Record<WireFormat, string>> = {};
  for (const [format, path] of Object.entries(row.paths)) paths[format as WireFormat] = prefix + path;
  return { paths, query: base.search };
}
