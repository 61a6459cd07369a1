import type { JsonObject } from "../canonical.ts";
import { encodeSse } from "../sse.ts";

/** Where an event belongs: the item, and the content or the summary's part within it. */
export interface Place {
  readonly item_id: string;
  readonly output_index: number;
  readonly content_index?: number;
  readonly summary_index?: number;
}

/** Writes a stream's events, each with the next sequence number. */
export class SseWriter {
  #sequence = 0;
  #text = "";

  /** Events so far: the next one's number. */
  get sequence(): number {
    return this.#sequence;
  }

  write(type: string, fields: object): void {
    this.#text += encodeSse(
      JSON.stringify({ type, sequence_number: this.#sequence++, ...fields }),
      type,
    );
  }

  /** An event that is all the same but for its `delta`; `head` and `tail` come from {@linkcode deltaFrame}. */
  delta(frame: DeltaFrame, delta: string, logprobs: string): void {
    this.#text += `${frame.head}${JSON.stringify(delta)}${logprobs}${frame.tail}${this.#sequence++}}\n\n`;
  }

  /** A comment has no number. */
  comment(text: string): void {
    this.#text += text;
  }

  /** What was written since the last call. */
  take(): string {
    const text = this.#text;
    this.#text = "";
    return text;
  }
}

/** The constant text of a part's delta events. A stream is made of them, so it is made once a part. */
export interface DeltaFrame {
  readonly head: string;
  readonly tail: string;
}

export function deltaFrame(type: string, place: Place): DeltaFrame {
  const fields: JsonObject = { type, ...place };
  return {
    head: `event: ${type}\ndata: ${JSON.stringify(fields).slice(0, -1)},"delta":`,
    tail: `,"sequence_number":`,
  };
}
