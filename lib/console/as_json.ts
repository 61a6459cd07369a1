import type { JsonObject } from "../wire/canonical.ts";

/** What is JSON, though its types are of interfaces and say more. */
export function asJson(value: Readonly<Record<string, unknown>>): JsonObject {
  return value as JsonObject;
}
