import type { JsonObject, StreamEvent } from "../canonical.ts";
import type { EventDecoder } from "../codec.ts";
import type { WireEvent } from "../framing.ts";
import { parseEvent } from "../observed.ts";
import { decodeFinishReason } from "../openai_chat/finish_reason.ts";
import { isObject } from "../shape.ts";
import { TEXT_ALONE } from "./response.ts";

/** Chunks of completions: a choice is one text. */
export class CompletionEventDecoder implements EventDecoder {
  readonly #begun = new Set<number>();

  push(event: WireEvent): StreamEvent[] {
    if (event.data === "[DONE]") return [{ type: "end" }];
    const choices = parseEvent(event)?.choices;
    return (Array.isArray(choices) ? choices : []).flatMap((choice) =>
      isObject(choice) ? this.#choice(choice) : []
    );
  }

  #choice({ index, text, finish_reason: reason }: JsonObject): StreamEvent[] {
    const events: StreamEvent[] = [];
    const choice = typeof index === "number" ? index : 0;
    if (typeof text === "string" && text !== "") {
      if (!this.#begun.has(choice)) {
        this.#begun.add(choice);
        events.push({ type: "part_start", choice, part: 0, value: { type: "text", text: "" } });
      }
      events.push({ type: "text_delta", choice, part: 0, text });
    }
    if (typeof reason === "string") {
      events.push({ type: "finish", choice, reason: decodeFinishReason(reason, TEXT_ALONE) });
    }
    return events;
  }
}
