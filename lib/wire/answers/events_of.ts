import type {
  ChatResponse,
  Choice,
  Extensions,
  JsonValue,
  Part,
  ReasoningPart,
  StreamEvent,
} from "../canonical.ts";
import { put } from "../shape.ts";
import { BEGIN_WITH_FIELDS, fieldsBelongToChoice } from "./fields_of_answer.ts";

/** A whole answer as the events of a stream that says the same: each part in one delta. */
export function eventsOf(answer: ChatResponse): StreamEvent[] {
  const start: StreamEvent & { type: "start" } = { type: "start", id: answer.id, model: answer.model };
  put(start, "created", answer.created);
  put(start, "usage", answer.usage);
  put(start, "serviceTier", answer.serviceTier);
  put(start, "systemFingerprint", answer.systemFingerprint);
  const { extensions } = answer;
  if (extensions !== undefined && BEGIN_WITH_FIELDS.has(extensions.format)) {
    const { status: _, ...fields } = extensions.fields;
    start.extensions = { ...extensions, fields };
  }
  const events: StreamEvent[] = [start];
  for (const choice of answer.choices) addChoice(choice, extensions, events);
  if (answer.usage !== undefined) events.push({ type: "usage", usage: answer.usage });
  events.push({ type: "end" });
  return events;
}

function addChoice(choice: Choice, ofAnswer: Extensions | undefined, events: StreamEvent[]): void {
  const { index, logprobs } = choice;
  // They are told of all texts together; the first one's delta brings them.
  let tokens = listed(logprobs?.["content"]);
  let refused = listed(logprobs?.["refusal"]);
  choice.parts.forEach((part, number) => {
    const place = { choice: index, part: number };
    events.push({ type: "part_start", ...place, value: emptied(part) });
    if (part.type === "text" && (part.text !== "" || tokens !== undefined)) {
      events.push({ type: "text_delta", ...place, text: part.text, ...(tokens && { logprobs: tokens }) });
      tokens = undefined;
    } else if (part.type === "refusal" && (part.text !== "" || refused !== undefined)) {
      events.push({
        type: "refusal_delta",
        ...place,
        text: part.text,
        ...(refused && { logprobs: refused }),
      });
      refused = undefined;
    } else if (part.type === "reasoning") addReasoning(part, place, events);
    else if (part.type === "tool_call" && part.arguments !== "") {
      events.push({ type: "arguments_delta", ...place, text: part.arguments });
    }
    if (part.type === "text") {
      for (const value of part.annotations?.items ?? []) {
        events.push({
          type: "annotation",
          ...place,
          format: part.annotations?.format ?? "openai_chat",
          value,
        });
      }
    }
    events.push({ type: "part_end", ...place, ...(part.type === "opaque" && { value: part }) });
  });
  const finish: StreamEvent & { type: "finish" } = {
    type: "finish",
    choice: index,
    reason: choice.finishReason,
  };
  put(finish, "stopSequence", choice.stopSequence);
  put(finish, "extensions", choice.extensions ?? endFields(ofAnswer));
  events.push(finish);
}

/** What the end of a stream tells of the answer as a whole. */
function endFields(extensions: Extensions | undefined): Extensions | undefined {
  return extensions === undefined || fieldsBelongToChoice(extensions.format) ? undefined : extensions;
}

function listed(value: JsonValue | undefined): JsonValue[] | undefined {
  return Array.isArray(value) && value.length > 0 ? value : undefined;
}

function addReasoning(
  part: ReasoningPart,
  place: { choice: number; part: number },
  events: StreamEvent[],
): void {
  if (part.redacted !== undefined) return;
  part.summary?.forEach((text, summaryIndex) => {
    events.push({ type: "reasoning_delta", ...place, text, summaryIndex });
  });
  const shown = part.summary?.join("\n\n") ?? "";
  if (part.text !== "" && part.text !== shown) {
    events.push({ type: "reasoning_delta", ...place, text: part.text });
  }
  if (part.signature !== undefined && part.signatureFormat !== undefined) {
    const { signature, signatureFormat: format } = part;
    events.push({ type: "signature_delta", ...place, signature, format });
  }
}

/** A part as it begins, before the deltas that fill it. */
function emptied(part: Part): Part {
  switch (part.type) {
    case "text": {
      const { annotations: _, ...rest } = part;
      return { ...rest, text: "" };
    }
    case "refusal":
      return { ...part, text: "" };
    case "tool_call":
      return { ...part, arguments: "" };
    case "reasoning": {
      if (part.redacted !== undefined) return part;
      const { signature: _, signatureFormat: _format, summary, ...rest } = part;
      return { ...rest, text: "", ...(summary !== undefined && { summary: [] }) };
    }
    default:
      return part;
  }
}
