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
import { fieldsBelongToChoice } from "./fields_of_answer.ts";

interface ChoiceState {
  readonly parts: Map<number, Part>;
  finish: (StreamEvent & { type: "finish" }) | null;
  readonly tokens: JsonValue[];
  readonly refused: JsonValue[];
}

/** Puts the events of a stream together to the whole answer that they tell. */
export class AnswerCollector {
  readonly #choices = new Map<number, ChoiceState>();
  #start: (StreamEvent & { type: "start" }) | null = null;
  #usage: ChatResponse["usage"];

  push(event: StreamEvent): void {
    switch (event.type) {
      case "start":
        this.#start = event;
        if (event.usage !== undefined) this.#usage = event.usage;
        break;
      case "usage":
        this.#usage = event.usage;
        break;
      case "finish":
        this.#choice(event.choice).finish = event;
        break;
      case "part_start":
        this.#choice(event.choice).parts.set(event.part, { ...event.value });
        break;
      case "end":
      case "error":
      case "ping":
      case "opaque":
        break;
      default:
        this.#fill(event, this.#choice(event.choice));
    }
  }

  /** The answer so far. */
  answer(): ChatResponse {
    const start = this.#start;
    const answer: ChatResponse = {
      id: start?.id ?? "",
      model: start?.model ?? "",
      choices: [...this.#choices].sort(([a], [b]) => a - b).map(([index, state]) => choiceOf(index, state)),
    };
    put(answer, "created", start?.created);
    put(answer, "usage", this.#usage);
    put(answer, "serviceTier", start?.serviceTier);
    put(answer, "systemFingerprint", start?.systemFingerprint);
    put(answer, "extensions", this.#extensions());
    return answer;
  }

  #extensions(): Extensions | undefined {
    let extensions = this.#start?.extensions;
    for (const { finish } of this.#choices.values()) {
      const more = finish?.extensions;
      if (more === undefined || fieldsBelongToChoice(more.format)) continue;
      extensions = { format: more.format, fields: { ...extensions?.fields, ...more.fields } };
    }
    return extensions;
  }

  #fill(event: StreamEvent & { choice: number; part: number }, state: ChoiceState): void {
    const part = state.parts.get(event.part);
    if (part === undefined) return;
    switch (event.type) {
      case "text_delta":
        if (part.type === "text") part.text += event.text;
        if (event.logprobs !== undefined) state.tokens.push(...event.logprobs);
        break;
      case "refusal_delta":
        if (part.type === "refusal") part.text += event.text;
        if (event.logprobs !== undefined) state.refused.push(...event.logprobs);
        break;
      case "reasoning_delta":
        if (part.type === "reasoning") reason(part, event.text, event.summaryIndex);
        break;
      case "signature_delta":
        if (part.type === "reasoning") {
          const said = part.signatureFormat === event.format ? part.signature ?? "" : "";
          part.signature = said + event.signature;
          part.signatureFormat = event.format;
        }
        break;
      case "arguments_delta":
        if (part.type === "tool_call") part.arguments += event.text;
        break;
      case "annotation":
        if (part.type === "text") {
          const { annotations } = part;
          part.annotations = { format: event.format, items: [...annotations?.items ?? [], event.value] };
        }
        break;
      case "part_end":
        if (event.value !== undefined) state.parts.set(event.part, completed(part, event.value));
        break;
    }
  }

  #choice(index: number): ChoiceState {
    let state = this.#choices.get(index);
    if (state === undefined) {
      this.#choices.set(index, state = { parts: new Map(), finish: null, tokens: [], refused: [] });
    }
    return state;
  }
}

/** The end completes an opaque part; of any other it tells what no delta did. */
function completed(part: Part, end: Part): Part {
  if (part.type === "opaque" || part.type !== end.type) return end;
  return { ...end, ...part } as Part;
}

function reason(part: ReasoningPart, text: string, summaryIndex: number | undefined): void {
  if (summaryIndex === undefined) {
    part.text += text;
    return;
  }
  const summary = [...part.summary ?? []];
  summary[summaryIndex] = (summary[summaryIndex] ?? "") + text;
  part.summary = Array.from(summary, (each) => each ?? "");
}

function choiceOf(index: number, { parts, finish, tokens, refused }: ChoiceState): Choice {
  const choice: Choice = {
    index,
    parts: [...parts].sort(([a], [b]) => a - b).map(([, part]) => told(part)),
    finishReason: finish?.reason ?? "stop",
  };
  put(choice, "stopSequence", finish?.stopSequence);
  if (tokens.length + refused.length > 0) {
    choice.logprobs = {
      content: tokens.length > 0 ? tokens : null,
      refusal: refused.length > 0 ? refused : null,
    };
  }
  const { extensions } = finish ?? {};
  if (extensions !== undefined && fieldsBelongToChoice(extensions.format)) choice.extensions = extensions;
  return choice;
}

/** A reasoning that was shown by its summary alone says that. */
function told(part: Part): Part {
  if (part.type !== "reasoning" || part.summary === undefined || part.text !== "") return part;
  return { ...part, text: part.summary.join("\n\n") };
}
