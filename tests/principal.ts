import type { Principal } from "../lib/telemetry/exchange.ts";

/** Somebody with a key that may do everything. */
export function principal(more: Partial<Principal> = {}): Principal {
  const { name = "n" } = more;
  return {
    owner: "o",
    keyTail: "abcd",
    name,
    tags: {},
    keyId: name,
    team: "",
    userId: "",
    access: null,
    limited: [],
    ...more,
  };
}
