import { isMapping, type Path, type Tree } from "../../path.ts";
import { type LiteLlmState, shown } from "./state.ts";

/**
 * The section `redis`, where LiteLLM's parameters name Sentinels or nodes of a cluster.
 * @param path of the parameters.
 * @returns whether they do.
 */
export function writeRedisNodes(state: LiteLlmState, params: Tree, path: Path): boolean {
  const { draft } = state;
  const ssl = params.ssl !== undefined && state.boolean(params.ssl, [...path, "ssl"]) === true;
  const sentinels = places(state, params, "sentinel_nodes", path);
  const nodes = places(state, params, "redis_startup_nodes", path);
  if (sentinels.length === 0 && nodes.length === 0) return false;
  const copy = (from: string, to: string) => {
    if (params[from] !== undefined) draft.set(["redis", to], state.text(params[from]), [...path, from]);
  };
  if (sentinels.length > 0) {
    draft.set(["redis", "sentinels"], sentinels, [...path, "sentinel_nodes"]);
    copy("service_name", "master_name");
    copy("sentinel_password", "sentinel_password");
    if (ssl) draft.set(["redis", "tls"], {}, [...path, "ssl"]);
  } else {
    const urls = nodes.map((place) => `${ssl ? "rediss" : "redis"}://${place}`);
    draft.set(["redis", "cluster"], urls, [...path, "redis_startup_nodes"]);
  }
  copy("username", "username");
  copy("password", "password");
  return true;
}

/** `HOST:PORT` each, of `{host, port}` or `[host, port]`. */
function places(state: LiteLlmState, params: Tree, key: string, path: Path): string[] {
  const given = params[key] ?? [];
  if (!Array.isArray(given)) {
    state.draft.mistake([...path, key], `expected a list, got ${shown(given)}`);
    return [];
  }
  return given.flatMap((node: unknown, index) => {
    const [host, port] = Array.isArray(node) ? node : isMapping(node) ? [node.host, node.port] : [];
    if (host !== undefined && port !== undefined) return [`${state.text(host)}:${state.text(port)}`];
    state.draft.mistake([...path, key, index], `expected a host and a port, got ${shown(node)}`);
    return [];
  });
}
