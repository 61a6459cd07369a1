import type { Part, ToolCallPart } from "../canonical.ts";
import { unwrapCustomInput } from "../custom_tools.ts";
import { type DeltaFrame, deltaFrame, type Place, type SseWriter } from "./sse_writer.ts";
import { SinglePartItem } from "./stream_item.ts";

const CALL_EVENTS = {
  function: {
    delta: "response.function_call_arguments.delta",
    done: "response.function_call_arguments.done",
  },
  custom: { delta: "response.custom_tool_call_input.delta", done: "response.custom_tool_call_input.done" },
} as const;

/** A call of a function or of a free-text tool. */
export class CallStreamItem extends SinglePartItem<ToolCallPart> {
  override readonly closesAtOnce = false;
  readonly #events: typeof CALL_EVENTS[keyof typeof CALL_EVENTS];
  readonly #place: Place;
  readonly #frame: DeltaFrame;
  /** The provider calls with arguments what the client knows as free text, which shows when all is there. */
  readonly #unwraps: boolean;

  constructor(writer: SseWriter, index: number, id: string, part: ToolCallPart, custom: boolean) {
    super(writer, index, part.itemId ?? id, { ...part, arguments: "", ...(custom ? { custom } : {}) });
    this.#unwraps = custom && part.custom !== true;
    this.#events = CALL_EVENTS[custom ? "custom" : "function"];
    this.#place = { item_id: this.id, output_index: index };
    this.#frame = deltaFrame(this.#events.delta, this.#place);
    this.begin();
    if (part.arguments !== "") this.text(part.arguments);
  }

  text(text: string): void {
    this.value.arguments += text;
    if (!this.#unwraps) this.writer.delta(this.#frame, text, "");
  }

  protected complete(value: Part | undefined): void {
    if (value?.type === "tool_call" && value.extensions !== undefined) {
      this.value.extensions = value.extensions;
    }
    const { arguments: text, name } = this.told();
    if (this.#unwraps) this.writer.delta(this.#frame, text, "");
    const whole = this.value.custom === true ? { input: text } : { name, arguments: text };
    this.writer.write(this.#events.done, { ...this.#place, ...whole });
  }

  protected told(): ToolCallPart {
    if (!this.#unwraps) return this.value;
    return { ...this.value, arguments: unwrapCustomInput(this.value.arguments) };
  }
}
