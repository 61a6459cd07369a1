import type { ChatResponse, FinishReason, Part, StreamEvent } from "../../wire/canonical.ts";

/** One choice of an answer, as far as it came. */
export interface CollectedChoice {
  readonly parts: Part[];
  finishReason: FinishReason | "";
}

/** Puts together what an answer says, whole or from as many of its events as there are. */
export class AnswerCollector {
  /** In order of their indices. */
  readonly choices: CollectedChoice[] = [];

  whole(response: ChatResponse): void {
    for (const { parts, finishReason } of response.choices) this.choices.push({ parts, finishReason });
  }

  push(event: StreamEvent): void {
    switch (event.type) {
      case "part_start":
        this.#choice(event.choice).parts[event.part] = { ...event.value };
        break;
      case "part_end":
        if (event.value !== undefined) this.#choice(event.choice).parts[event.part] = event.value;
        break;
      case "finish":
        this.#choice(event.choice).finishReason = event.reason;
        break;
      case "text_delta":
      case "refusal_delta":
      case "reasoning_delta":
      case "arguments_delta":
        extend(this.#choice(event.choice).parts[event.part], event.text);
    }
  }

  #choice(index: number): CollectedChoice {
    return this.choices[index] ??= { parts: [], finishReason: "" };
  }
}

function extend(part: Part | undefined, text: string): void {
  if (part === undefined) return;
  if (part.type === "tool_call") part.arguments += text;
  else if (part.type === "text" || part.type === "refusal" || part.type === "reasoning") part.text += text;
}
