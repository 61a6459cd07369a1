import type { ChatResponse, FinishReason, Part, StreamEvent } from "../../wire/canonical.ts";

/** One choice of an answer, as far as it came. */
export interface CollectedChoice {
  readonly parts: readonly Part[];
  readonly finishReason: FinishReason | "";
}

/** By their indices, which a provider chooses: as the places of a list they could be billions apart. */
interface OpenChoice {
  readonly parts: Map<number, Part>;
  finishReason: FinishReason | "";
}

/** Puts together what an answer says, whole or from as many of its events as there are. */
export class AnswerCollector {
  readonly #open = new Map<number, OpenChoice>();
  #whole: readonly CollectedChoice[] = [];

  /** In order of their indices. */
  get choices(): readonly CollectedChoice[] {
    const streamed = inOrder(this.#open).map(({ parts, finishReason }) => ({
      parts: inOrder(parts),
      finishReason,
    }));
    return [...this.#whole, ...streamed];
  }

  whole({ choices }: ChatResponse): void {
    this.#whole = choices;
  }

  push(event: StreamEvent): void {
    switch (event.type) {
      case "part_start":
        this.#choice(event.choice).parts.set(event.part, { ...event.value });
        break;
      case "part_end":
        if (event.value !== undefined) this.#choice(event.choice).parts.set(event.part, event.value);
        break;
      case "finish":
        this.#choice(event.choice).finishReason = event.reason;
        break;
      case "text_delta":
      case "refusal_delta":
      case "reasoning_delta":
      case "arguments_delta":
        extend(this.#choice(event.choice).parts.get(event.part), event.text);
    }
  }

  #choice(index: number): OpenChoice {
    let choice = this.#open.get(index);
    if (choice === undefined) this.#open.set(index, choice = { parts: new Map(), finishReason: "" });
    return choice;
  }
}

function inOrder<T>(places: ReadonlyMap<number, T>): T[] {
  return [...places].sort(([a], [b]) => a - b).map(([, value]) => value);
}

function extend(part: Part | undefined, text: string): void {
  if (part === undefined) return;
  if (part.type === "tool_call") part.arguments += text;
  else if (part.type === "text" || part.type === "refusal" || part.type === "reasoning") part.text += text;
}
