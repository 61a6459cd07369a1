import type { Exchange } from "../exchange.ts";
import { attributeKey } from "../names/attribute_key.ts";
import { CONTENT_ATTRIBUTES, type ContentAttribute } from "../names/content_attributes.ts";
import type { Profile } from "../names/profiles.ts";
import type { AttributeValue } from "./attributes.ts";
import { fitTranscript } from "./fit_transcript.ts";
import { instructionsJson, messagesJson, partJson } from "./gen_ai_messages.ts";
import type { Redaction, TranscriptMessage, TranscriptPart } from "./transcript.ts";

export interface ContentAttributeOptions {
  readonly redaction: Redaction;
  /** Characters of instructions, conversation and answer, each. */
  readonly maxLength: number;
}

type Add = (name: string, value: AttributeValue) => void;

/** Tells what was said, under the names of the configured profiles. */
export class ContentAttributes {
  readonly #options: ContentAttributeOptions;
  readonly #genAi: boolean;
  readonly #openInference: boolean;

  constructor(profiles: readonly Profile[], options: ContentAttributeOptions) {
    this.#options = options;
    const told = (name: ContentAttribute) => {
      const names: readonly Profile[] = CONTENT_ATTRIBUTES[name].profiles;
      return names.some((profile) => profiles.includes(profile));
    };
    this.#genAi = told("gen_ai.input.messages");
    this.#openInference = told("input.value");
  }

  /** Adds what there is to tell of a call, the most telling first: a span may have only so many attributes. */
  add(exchange: Exchange, add: (key: ReturnType<typeof attributeKey>, value: AttributeValue) => void): void {
    const { content } = exchange;
    if (content === null || content.transcribe === null || !(this.#genAi || this.#openInference)) return;
    const { redaction, maxLength } = this.#options;
    const transcript = content.transcribe(content.response, redaction);
    const { system, input, output, omitted } = fitTranscript(transcript, redaction, maxLength);
    const put: Add = (name, value) => add(attributeKey(name), value);
    if (omitted > 0) put("gateway.content.omitted_messages", omitted);
    if (this.#genAi) {
      if (system.length > 0) put("gen_ai.system_instructions", instructionsJson(system));
      if (input.length > 0) put("gen_ai.input.messages", messagesJson(input));
      if (output.length > 0) put("gen_ai.output.messages", messagesJson(output));
    }
    if (!this.#openInference) return;
    value("input", input.at(-1), put);
    value("output", output[0], put);
    output.forEach((message, n) => openInferenceMessage(`llm.output_messages.${n}.message`, message, put));
    const shown = [...system, ...input];
    for (let n = shown.length - 1; n >= 0; n--) {
      openInferenceMessage(`llm.input_messages.${n}.message`, shown[n] as TranscriptMessage, put);
    }
  }
}

function value(side: "input" | "output", message: TranscriptMessage | undefined, put: Add): void {
  if (message === undefined || message.parts.length === 0) return;
  const text = onlyText(message);
  put(`${side}.value`, text ?? JSON.stringify(message.parts.map(partJson)));
  put(`${side}.mime_type`, text === null ? "application/json" : "text/plain");
}

/** What a message says, where that is one text and nothing else. */
function onlyText({ parts }: TranscriptMessage): string | null {
  const [only] = parts;
  if (parts.length !== 1 || only === undefined) return null;
  return only.type === "text" || only.type === "tool_result" ? only.text : null;
}

function openInferenceMessage(name: string, message: TranscriptMessage, put: Add): void {
  const { role, parts } = message;
  put(`${name}.role`, role);
  const contents = parts.filter((part) => part.type !== "tool_call");
  const text = onlyText({ ...message, parts: contents });
  if (text !== null) put(`${name}.content`, text);
  else {contents.forEach((part, m) =>
      openInferenceContent(`${name}.contents.${m}.message_content`, part, put)
    );}
  let calls = 0;
  for (const part of parts) {
    if (part.type === "tool_result") put(`${name}.tool_call_id`, part.id);
    if (part.type !== "tool_call") continue;
    const call = `${name}.tool_calls.${calls++}.tool_call`;
    put(`${call}.id`, part.id);
    put(`${call}.function.name`, part.name);
    put(`${call}.function.arguments`, part.arguments);
  }
}

function openInferenceContent(name: string, part: TranscriptPart, put: Add): void {
  if (part.type === "tool_call") return;
  if (part.type === "media") {
    put(`${name}.type`, part.modality);
    if (part.modality === "image" && part.url !== "") put(`${name}.image.image.url`, part.url);
  } else {
    put(`${name}.type`, part.type === "tool_result" ? "text" : part.type);
    put(`${name}.text`, part.text);
  }
}
