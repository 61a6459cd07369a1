import type { Clock } from "../clock.ts";
import type { JsonObject } from "../wire/canonical.ts";
import type { EncodeContext } from "../wire/codec.ts";
import type { ModelRequest } from "./model_request.ts";

/** What an answer that the gateway writes itself shows of its request; with a new id, unless one is promised. */
export function encodeContext({ codec, model, json, echo }: ModelRequest, clock: Clock): EncodeContext {
  const options = json["stream_options"] as JsonObject | null | undefined;
  return {
    id: typeof echo?.["id"] === "string" ? echo["id"] : codec.newId(),
    model,
    created: typeof echo?.["created_at"] === "number" ? echo["created_at"] : Math.floor(clock.wall() / 1000),
    request: echo === null ? json : { ...json, ...echo },
    includeUsage: options?.["include_usage"] === true,
  };
}
