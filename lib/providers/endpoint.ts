import type { WireFormat } from "../wire/canonical.ts";
import type { ProviderRow } from "./catalog.ts";
import type { OperationName } from "./provider.ts";

const VERSION = "/v1";
const MODEL = "{model}";
/** What stands before a path that has no version. */
const UNVERSIONED = /^\^/;

/** A path with its query; a function of the model's name only where it stands in the path. */
export type ModelPath = string | ((model: string) => string);

/** Where the requests of one format or operation go. */
export interface FormatPaths {
  readonly whole: ModelPath;
  readonly stream: ModelPath;
}

/**
 * The paths of a provider's formats and operations, each with what its base URL puts before it and the URL's own
 * query.
 */
export type Endpoint = Readonly<Partial<Record<WireFormat | OperationName | "health", FormatPaths>>>;

const MODELS = "/models";

/**
 * Joins a base URL and the paths of a row. A slash at the end makes no difference, nor does a URL that goes on
 * to one of the row's paths (`…/v1/chat/completions`), nor one that lacks the version where it is expected.
 */
export function endpointOf(base: URL, row: ProviderRow): Endpoint {
  const version = row.version ?? versionOf(row);
  let prefix = base.pathname.replace(/\/+$/, "");
  for (const path of Object.values(row.paths)) {
    if (typeof path === "string") prefix = withoutEnd(prefix, path.replace(UNVERSIONED, ""));
  }
  const lacksVersion = row.versionInBaseUrl ? prefix === "" : !prefix.endsWith(version);
  if (lacksVersion) prefix += version;
  const root = prefix.endsWith(version) ? prefix.slice(0, -version.length) : prefix;
  const joined = (path: string) => {
    const whole = UNVERSIONED.test(path) ? root + path.slice(1) : prefix + path;
    return modelPath(joinQuery(whole, base.search));
  };
  const endpoint: Partial<Record<WireFormat | OperationName | "health", FormatPaths>> = {};
  const { health = MODELS } = row;
  if (health !== null) endpoint.health = { whole: joined(health), stream: joined(health) };
  for (const [format, path] of Object.entries(row.paths)) {
    const { whole, stream } = typeof path === "string" ? { whole: path, stream: path } : path;
    endpoint[format as WireFormat] = {
      whole: joined(whole),
      stream: joined(stream),
    };
  }
  for (const [name, { path }] of Object.entries(row.operations ?? {})) {
    endpoint[name as OperationName] = { whole: joined(path), stream: joined(path) };
  }
  return endpoint;
}

/** A base URL's path without one of the row's at its end, whatever model stands in it. */
function withoutEnd(prefix: string, path: string): string {
  const literal = path.split(MODEL).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return prefix.replace(new RegExp(`${literal.join("[^/]+")}$`), "");
}

/** What stands in the row's own base URL. */
function versionOf({ baseUrl, versionInBaseUrl }: ProviderRow): string {
  return versionInBaseUrl && baseUrl !== null ? new URL(baseUrl).pathname.replace(/\/+$/, "") : VERSION;
}

/**
 * The path for one request.
 * @param query the client's, with its `?`, or empty. @param subpath what comes behind an operation's own path.
 */
export function pathFor(
  paths: FormatPaths,
  stream: boolean,
  model: string,
  query: string,
  subpath = "",
): string {
  const chosen = stream ? paths.stream : paths.whole;
  const path = typeof chosen === "string" ? chosen : chosen(model);
  return joinQuery(subpath === "" ? path : insertPath(path, subpath), query);
}

function insertPath(path: string, subpath: string): string {
  const query = path.indexOf("?");
  return query === -1 ? path + subpath : path.slice(0, query) + subpath + path.slice(query);
}

/** @param query begins with its `?` or is empty. */
function joinQuery(path: string, query: string): string {
  if (query.length <= 1) return path;
  return path.includes("?") ? `${path}&${query.slice(1)}` : path + query;
}

/** A name is one segment, whatever is in it: ARNs and names with a slash are percent-encoded whole. */
function modelPath(template: string): ModelPath {
  const at = template.indexOf(MODEL);
  if (at === -1) return template;
  const before = template.slice(0, at);
  const after = template.slice(at + MODEL.length);
  return (model) => before + encodeURIComponent(model) + after;
}
