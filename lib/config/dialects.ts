import type { Dialect } from "./dialects/dialect.ts";
import { LITELLM_KEYS, SEMANTIC_ROUTER_KEYS } from "./dialects/own_keys.ts";

/** Where a dialect is. It is loaded only for a file that may be written in it: that takes longer than the rest. */
interface DialectRow {
  /** Of its keys, one at least is in every file of its. */
  readonly keys: readonly string[];
  load(): Promise<Dialect>;
}

/** Every dialect; the first that recognises a file reads it. Where none does, it is the gateway's own. */
const ROWS: readonly DialectRow[] = [
  {
    keys: LITELLM_KEYS,
    load: async () => (await import("./dialects/litellm/litellm.ts")).litellm,
  },
  {
    // Its newer form has none of its own, but its version.
    keys: [...SEMANTIC_ROUTER_KEYS, "version"],
    load: async () => (await import("./dialects/semantic_router/semantic_router.ts")).semanticRouter,
  },
];

/** The dialects that a text may be written in. */
export async function dialectsFor(text: string): Promise<readonly Dialect[]> {
  return await Promise.all(ROWS.filter(({ keys }) => hasKey(text, keys)).map(({ load }) => load()));
}

/** All of them. */
export async function allDialects(): Promise<readonly Dialect[]> {
  return await Promise.all(ROWS.map(({ load }) => load()));
}

/** At the root, or within braces, which may be the root's. */
function hasKey(text: string, keys: readonly string[]): boolean {
  return new RegExp(`(?:^|[{,])[ \\t]*["']?(?:${keys.join("|")})["']?[ \\t]*:`, "m").test(text);
}
