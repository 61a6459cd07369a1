/**
 * Messages in the JSON of OpenTelemetry's GenAI conventions.
 * @see https://opentelemetry.io/docs/specs/semconv/gen-ai/non-normative/examples-llm-calls/
 */
import type { TranscriptMessage, TranscriptPart } from "./transcript.ts";

/** `gen_ai.system_instructions`. */
export function instructionsJson(messages: readonly TranscriptMessage[]): string {
  return JSON.stringify(messages.flatMap(({ parts }) => parts.map(partJson)));
}

/** `gen_ai.input.messages`, and `gen_ai.output.messages`, which also say why they end. */
export function messagesJson(messages: readonly TranscriptMessage[]): string {
  return JSON.stringify(messages.map(({ role, parts, finishReason }) => ({
    role,
    parts: parts.map(partJson),
    ...(finishReason === "" ? {} : { finish_reason: FINISH_REASONS[finishReason] ?? finishReason }),
  })));
}

/** Where the conventions have a word of their own. */
const FINISH_REASONS: Readonly<Record<string, string>> = {
  tool_calls: "tool_call",
  refusal: "content_filter",
};

export function partJson(part: TranscriptPart): Readonly<Record<string, unknown>> {
  switch (part.type) {
    case "text":
    case "reasoning":
      return { type: part.type, content: part.text };
    case "tool_call":
      return { type: "tool_call", id: part.id, name: part.name, arguments: argumentsOf(part.arguments) };
    case "tool_result":
      return { type: "tool_call_response", id: part.id, response: part.text };
    case "media": {
      const { modality, url, fileId } = part;
      const kind = { modality, ...(part.mediaType === "" ? {} : { mime_type: part.mediaType }) };
      if (fileId !== "") return { type: "file", ...kind, file_id: fileId };
      return url === "" ? { type: "blob", ...kind, content: "" } : { type: "uri", ...kind, uri: url };
    }
  }
}

/** An object where they are JSON, else the text: it was cut, or the tool takes text. */
function argumentsOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
