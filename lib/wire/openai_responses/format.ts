import type { Extensions, JsonObject, WireFormat } from "../canonical.ts";
import * as extensions from "../extensions.ts";

/** This codec's name for what only it can read. */
export const FORMAT: WireFormat = "openai_responses";

/** Unknown fields as extensions of this format; undefined where there are none. */
export function extensionsOf(fields: JsonObject | undefined): Extensions | undefined {
  return extensions.extensionsOf(FORMAT, fields);
}

/** The fields that this format left for itself, if any. */
export function ownFields(from: Extensions | undefined): JsonObject | undefined {
  return extensions.ownFields(FORMAT, from);
}
