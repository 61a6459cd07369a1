import type { ModelAbility } from "../../providers/model_facts.ts";
import type { Part } from "../../wire/canonical.ts";
import type { ModelRequest } from "../model_request.ts";

/** What a request asks of whichever model answers it. */
export interface RequestNeeds {
  readonly abilities: readonly ModelAbility[];
  /** Of the prompt, estimated by the size of the request. */
  readonly tokens: number;
  /** Null: the client sets no limit. */
  readonly maxOutput: number | null;
}

/** Bytes of JSON a token, about. */
const BYTES_PER_TOKEN = 4;
/** About what an image counts as. */
const TOKENS_PER_IMAGE = 1000;

/** Reads off a request what its model has to be able to do. */
export function needsOf(request: ModelRequest): RequestNeeds {
  const { tools = [], messages, responseFormat, maxOutputTokens } = request.canonical;
  const abilities: ModelAbility[] = [];
  if (tools.length > 0) abilities.push("tools");
  let images = 0;
  let media = 0;
  for (const { parts } of messages) {
    for (const part of parts) {
      if (part.type === "image") images++;
      media += mediaBytes(part);
      if (part.type !== "tool_result") continue;
      for (const inner of part.content) {
        if (inner.type === "image") images++;
        media += mediaBytes(inner);
      }
    }
  }
  if (images > 0) abilities.push("vision");
  if (responseFormat?.type === "json_schema") abilities.push("json");
  const text = Math.max(0, request.bytes.length - media);
  return {
    abilities,
    tokens: Math.ceil(text / BYTES_PER_TOKEN) + images * TOKENS_PER_IMAGE,
    maxOutput: maxOutputTokens ?? null,
  };
}

function mediaBytes(part: Part): number {
  return "data" in part && typeof part.data === "string" ? part.data.length : 0;
}
