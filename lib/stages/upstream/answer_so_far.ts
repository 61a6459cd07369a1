import type { StreamEvent, Usage } from "../../wire/canonical.ts";
import type { EventEncoder } from "../../wire/codec.ts";
import type { Framing } from "../../wire/framing.ts";

/** Who goes on with an answer that another one began. */
export interface Successor {
  readonly provider: string;
  readonly model: string;
}

/** The most text that another target is given to go on with, characters. */
const MAX_TEXT = 1 << 20;
const NO_USAGE: Usage = { input: 0, output: 0 };

/** The first object of what an encoder wrote: of an event's data, or of a line. */
const FIRST_OBJECT = /^(data: ?)?\{/m;

/**
 * A streamed answer over several attempts, each of which goes on where the one before broke off: as the client sees
 * it. Text alone can be gone on with; the client's stream has one beginning, one id and one end.
 */
export class AnswerSoFar {
  /** What the client has of it. */
  text = "";
  readonly encoder: EventEncoder;
  readonly #framing: Framing;
  /** Whether the client is told by a field too, which its format's readers pass over. */
  readonly #field: boolean;
  /** There was nothing but text, which has not come to its end. */
  #plain = true;
  /** The text's part, while it is open. */
  #open: number | null = null;
  #parts = 0;
  /** What broken attempts cost. */
  #spent = NO_USAGE;
  #joint: Joint | null = null;
  /** Who the client has to be told of. */
  #successor: Successor | null = null;

  constructor(encoder: EventEncoder, framing: Framing, field: boolean) {
    this.encoder = encoder;
    this.#framing = framing;
    this.#field = field;
  }

  /** Whether another target can go on with it. */
  get continuable(): boolean {
    return this.#plain && this.text !== "";
  }

  /** @param spent by the attempt that broke off. @param cut white space at the text's end that the next one is not given. */
  goOn(successor: Successor, spent: Usage, cut: string): void {
    this.#spent = plus(this.#spent, spent);
    this.#successor = successor;
    this.#joint = new Joint(this.#open, this.#parts, cut !== "");
  }

  /** What the client is shown of an event. */
  show(event: StreamEvent): readonly StreamEvent[] {
    const shown = event.type === "usage"
      ? [{ ...event, usage: this.#spent === NO_USAGE ? event.usage : plus(this.#spent, event.usage) }]
      : this.#joint === null
      ? [event]
      : this.#joint.map(event);
    for (const each of shown) this.#see(each);
    return shown;
  }

  /** What the encoder wrote, with what tells that somebody else goes on, the first time. */
  told(written: string): string {
    const successor = this.#successor;
    if (successor === null) return written;
    this.#successor = null;
    const { provider, model } = successor;
    const comment = this.#framing.comment(`continued by ${provider}/${model}`);
    if (!this.#field) return comment + written;
    const field = `"gateway_continued":${JSON.stringify({ provider, model })},`;
    return comment + written.replace(FIRST_OBJECT, (start) => start + field);
  }

  #see(event: StreamEvent): void {
    switch (event.type) {
      case "start":
      case "usage":
      case "ping":
        return;
      case "part_start":
        this.#parts = Math.max(this.#parts, event.part + 1);
        if (event.choice !== 0 || event.value.type !== "text") {
          this.#plain = false;
        } else {
          this.#open = event.part;
          this.#add(event.value.text);
        }
        return;
      case "part_end":
        this.#open = null;
        return;
      case "text_delta":
        if (event.choice !== 0 || event.logprobs !== undefined) this.#plain = false;
        else this.#add(event.text);
        return;
      default:
        this.#plain = false;
    }
  }

  #add(text: string): void {
    if (!this.#plain) return;
    this.text += text;
    if (this.text.length > MAX_TEXT) this.#plain = false;
  }
}

/** Where an attempt's events join on to what the client has. */
class Joint {
  /** The text part that goes on; null once it does, or where none is open. */
  #open: number | null;
  #parts: number;
  #strips: boolean;
  /** The client's number of each part; null: it does not see that one. */
  readonly #places = new Map<number, number | null>();

  constructor(open: number | null, parts: number, strips: boolean) {
    this.#open = open;
    this.#parts = parts;
    this.#strips = strips;
  }

  map(event: StreamEvent): StreamEvent[] {
    switch (event.type) {
      case "start":
        return [];
      case "part_start": {
        const { value } = event;
        // It thought once more, about what it had begun; that belongs before the text.
        if (value.type === "reasoning") this.#places.set(event.part, null);
        else if (value.type === "text" && this.#open !== null) {
          const part = this.#open;
          this.#places.set(event.part, part);
          this.#open = null;
          return this.#text({ type: "text_delta", choice: event.choice, part, text: value.text });
        } else {
          const part = this.#parts++;
          this.#places.set(event.part, part);
          return [...this.#closed(), { ...event, part }];
        }
        return [];
      }
      case "text_delta":
      case "refusal_delta":
      case "reasoning_delta":
      case "signature_delta":
      case "arguments_delta":
      case "annotation":
      case "part_end": {
        const part = this.#places.get(event.part) ?? null;
        if (part === null) return [];
        return event.type === "text_delta" ? this.#text({ ...event, part }) : [{ ...event, part }];
      }
      case "finish":
        return [...this.#closed(), event];
      default:
        return [event];
    }
  }

  /** White space that the client has already comes once. */
  #text(event: StreamEvent & { type: "text_delta" }): StreamEvent[] {
    const text = this.#strips ? event.text.trimStart() : event.text;
    if (text === "") return [];
    this.#strips = false;
    return [{ ...event, text }];
  }

  /** The end of a text that nothing was added to. */
  #closed(): StreamEvent[] {
    const part = this.#open;
    this.#open = null;
    return part === null ? [] : [{ type: "part_end", choice: 0, part }];
  }
}

/** Without the format's own object, which tells of one attempt. */
function plus(one: Usage, { extensions: _extensions, ...other }: Usage): Usage {
  return { ...other, input: one.input + other.input, output: one.output + other.output };
}
