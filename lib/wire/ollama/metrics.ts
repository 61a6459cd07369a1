import type { JsonObject, Usage } from "../canonical.ts";
import { put } from "../shape.ts";

/** The counts of a last line; a prompt of which all was cached may have none. */
export function decodeUsage(body: JsonObject): Usage | undefined {
  const input = count(body, "prompt_eval_count");
  const output = count(body, "eval_count");
  return input === undefined && output === undefined ? undefined : { input: input ?? 0, output: output ?? 0 };
}

/** The counts as a last line has them. */
export function encodeUsage(usage: Usage | undefined): JsonObject {
  const counts: JsonObject = {};
  put(counts, "prompt_eval_count", usage?.input);
  put(counts, "eval_count", usage?.output);
  return counts;
}

function count(body: JsonObject, key: string): number | undefined {
  const value = body[key];
  return typeof value === "number" ? value : undefined;
}

/** `created_at` as Unix seconds; undefined where it is no time. */
export function decodeTime(value: unknown): number | undefined {
  const time = typeof value === "string" ? Date.parse(value) : NaN;
  return Number.isNaN(time) ? undefined : Math.floor(time / 1000);
}

export function encodeTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
