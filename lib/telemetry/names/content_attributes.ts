/**
 * Attributes of a model's call that tell what was said. They are there only with `observability.capture_content`,
 * and their number depends on the conversation: `{n}`, `{m}` count from 0.
 * @see https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
 * @see https://arize-ai.github.io/openinference/spec/semantic_conventions.html
 */
import type { Profile } from "./profiles.ts";

export interface ContentAttributeRow {
  readonly profiles: readonly Profile[];
  readonly meaning: string;
}

const GEN_AI = ["gen_ai", "gen_ai_next"] as const;
const OPENINFERENCE = ["openinference"] as const;

export const CONTENT_ATTRIBUTES = {
  "gen_ai.system_instructions": {
    profiles: GEN_AI,
    meaning: "What the system says before the conversation, as JSON: a list of parts",
  },
  "gen_ai.input.messages": {
    profiles: GEN_AI,
    meaning: "The conversation that the model was shown, as JSON: a list of messages with their parts",
  },
  "gen_ai.output.messages": {
    profiles: GEN_AI,
    meaning: "What the model answered, as JSON: a message a choice",
  },
  "input.value": { profiles: OPENINFERENCE, meaning: "The last message: its text, else its parts as JSON" },
  "input.mime_type": { profiles: OPENINFERENCE, meaning: "text/plain or application/json" },
  "output.value": { profiles: OPENINFERENCE, meaning: "The first answer: its text, else its parts as JSON" },
  "output.mime_type": { profiles: OPENINFERENCE, meaning: "text/plain or application/json" },
  "llm.input_messages.{n}.message.role": { profiles: OPENINFERENCE, meaning: "Who says it" },
  "llm.input_messages.{n}.message.content": {
    profiles: OPENINFERENCE,
    meaning: "What a message says that is one text, or a tool's result",
  },
  "llm.input_messages.{n}.message.contents.{m}.message_content.type": {
    profiles: OPENINFERENCE,
    meaning: "Of a message in pieces: text, reasoning, image, audio or file",
  },
  "llm.input_messages.{n}.message.contents.{m}.message_content.text": {
    profiles: OPENINFERENCE,
    meaning: "The text of one",
  },
  "llm.input_messages.{n}.message.contents.{m}.message_content.image.image.url": {
    profiles: OPENINFERENCE,
    meaning: "Where an image is; its bytes are never told",
  },
  "llm.input_messages.{n}.message.tool_call_id": {
    profiles: OPENINFERENCE,
    meaning: "The call that a message is the result of",
  },
  "llm.input_messages.{n}.message.tool_calls.{m}.tool_call.id": {
    profiles: OPENINFERENCE,
    meaning: "Id of a call of a tool",
  },
  "llm.input_messages.{n}.message.tool_calls.{m}.tool_call.function.name": {
    profiles: OPENINFERENCE,
    meaning: "The tool",
  },
  "llm.input_messages.{n}.message.tool_calls.{m}.tool_call.function.arguments": {
    profiles: OPENINFERENCE,
    meaning: "Its arguments, as JSON",
  },
  "llm.output_messages.{n}.message.…": {
    profiles: OPENINFERENCE,
    meaning: "The answers, a message a choice, with the same names",
  },
  "gateway.content.omitted_messages": {
    profiles: ["gateway", "llmrouter", "semantic_router", "gen_ai", "gen_ai_next", "openinference"],
    meaning: "Messages that are not told, since those after them took up the room",
  },
} as const satisfies Record<string, ContentAttributeRow>;

export type ContentAttribute = keyof typeof CONTENT_ATTRIBUTES;
