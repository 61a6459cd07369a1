import type { JsonObject } from "../canonical.ts";
import { isObject } from "../shape.ts";

/**
 * A mark that all before it may be cached, a block of its own here; in the model it stands on the part before it,
 * as Anthropic's `cache_control`.
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CachePointBlock.html
 */
export function decodeCachePoint(block: JsonObject): JsonObject | null {
  const point = block.cachePoint;
  if (!isObject(point)) return null;
  return typeof point.ttl === "string" ? { type: "ephemeral", ttl: point.ttl } : { type: "ephemeral" };
}

export function encodeCachePoint(cacheControl: JsonObject): JsonObject {
  const { ttl } = cacheControl;
  return { cachePoint: typeof ttl === "string" ? { type: "default", ttl } : { type: "default" } };
}
