import { createHash } from "node:crypto";

/** A Lua script, which the server runs as one: nothing comes in between. */
export interface RedisScript {
  readonly lua: string;
  /** What the server calls it once it knows it. */
  readonly sha1: string;
}

/** All its KEYS have to be of one slot: what stands in their first braces is the same. */
export function redisScript(lua: string): RedisScript {
  return { lua, sha1: createHash("sha1").update(lua).digest("hex") };
}
