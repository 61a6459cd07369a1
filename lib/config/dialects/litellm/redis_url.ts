import type { Path, Tree } from "../../path.ts";
import type { LiteLlmState } from "./state.ts";

/**
 * The URL of a Redis server: what a section says of it, else what LiteLLM's variables say.
 * @param prefix of the section's keys: `redis_` for `redis_host`.
 * @param path of the section.
 */
export function redisUrl(state: LiteLlmState, section: Tree, prefix: string, path: Path): string {
  const own = (key: string, variable: string, otherwise: string) => {
    const given = section[`${prefix}${key}`];
    if (given !== undefined && given !== null) return state.text(given);
    return state.isSet(variable) ? state.reference(variable) : otherwise;
  };
  const host = section[`${prefix}host`];
  if (host === undefined && (section[`${prefix}url`] !== undefined || state.isSet("REDIS_URL"))) {
    return own("url", "REDIS_URL", "");
  }
  const ssl = section[`${prefix}ssl`];
  const scheme = ssl !== undefined && state.boolean(ssl, [...path, `${prefix}ssl`]) === true
    ? "rediss"
    : "redis";
  const user = own("username", "REDIS_USERNAME", "");
  const password = own("password", "REDIS_PASSWORD", "");
  const login = password === "" && user === "" ? "" : `${user}:${password}@`;
  const database = own("db", "REDIS_DB", "");
  const place = `${own("host", "REDIS_HOST", "localhost")}:${own("port", "REDIS_PORT", "6379")}`;
  return `${scheme}://${login}${place}${database === "" ? "" : `/${database}`}`;
}
