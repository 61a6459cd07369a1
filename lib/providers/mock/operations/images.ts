import type { JsonObject } from "../../../wire/canonical.ts";
import { missing, numberOr, stringOr } from "../prompt.ts";
import { type MockEvent, mockEvent } from "../wire.ts";
import { countTokens, type MockCall, type MockOperation, requiredFile, unknownPath } from "./operation.ts";

/** A PNG of one grey pixel. */
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==";

/** `POST /v1/images/generations`, `/edits` and `/variations`: always the same pixel. */
export const images: MockOperation = (call) => {
  if (call.method !== "POST") throw unknownPath(call);
  const prompt = stringOr(call.fields["prompt"], "");
  switch (call.subpath) {
    case "/generations":
      if (prompt === "") throw missing("prompt");
      break;
    case "/edits":
      if (call.files.size === 0) throw missing("image");
      if (prompt === "") throw missing("prompt");
      break;
    case "/variations":
      requiredFile(call, "image");
      break;
    default:
      throw unknownPath(call);
  }
  const usage = usageOf(prompt);
  const { stream } = call.fields;
  if (stream === true || stream === "true") {
    const kind = call.subpath === "/edits" ? "image_edit" : "image_generation";
    return { events: drawn(call, kind, usage) };
  }
  const { fields } = call;
  const image: JsonObject = fields["response_format"] === "url"
    ? { url: "https://images.example/pixel.png" }
    : { b64_json: PIXEL };
  const count = numberOr(Number(fields["n"] ?? 1), 1);
  return {
    json: { created: call.created, data: Array.from({ length: count }, () => ({ ...image })), usage },
  };
};

function* drawn(call: MockCall, kind: string, usage: JsonObject): Iterable<MockEvent> {
  const image = {
    b64_json: PIXEL,
    created_at: call.created,
    size: "1024x1024",
    quality: "low",
    background: "opaque",
    output_format: "png",
  };
  const partial = numberOr(Number(call.fields["partial_images"] ?? 0), 0);
  for (let index = 0; index < partial; index++) {
    const event = { type: `${kind}.partial_image`, ...image, partial_image_index: index };
    yield mockEvent("content", event, event.type);
  }
  yield mockEvent("content", { type: `${kind}.completed`, ...image, usage }, `${kind}.completed`);
}

function usageOf(prompt: string): JsonObject {
  const input = countTokens(prompt);
  return {
    input_tokens: input,
    input_tokens_details: { text_tokens: input, image_tokens: 0 },
    output_tokens: 256,
    total_tokens: input + 256,
  };
}
