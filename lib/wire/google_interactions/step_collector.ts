import type { JsonObject, JsonValue } from "../canonical.ts";
import { isObject } from "../shape.ts";
import { parseArguments } from "../tool_arguments.ts";

/**
 * Puts the steps of a stream together as the API itself would show them: the last event of a stream has none of them.
 * What it does not know is kept as it came.
 */
export class StepCollector {
  readonly #steps = new Map<number, JsonObject>();
  /** Arguments of calls, whose text is JSON only once it is whole. */
  readonly #arguments = new Map<number, string>();

  /** Notes an event; one that is about no step is passed over. */
  push(event: JsonObject): void {
    const { event_type: type, index } = event;
    if (typeof index !== "number") return;
    if (type === "step.start" && isObject(event.step)) this.#steps.set(index, { ...event.step });
    else if (type === "step.delta" && isObject(event.delta)) this.#delta(index, event.delta);
  }

  /** One of the steps as it stands; undefined where it was not begun. */
  step(index: number): JsonObject | undefined {
    const step = this.#steps.get(index);
    const args = this.#arguments.get(index);
    return step === undefined || args === undefined ? step : { ...step, arguments: parseArguments(args) };
  }

  /** All of them in their order. */
  steps(): JsonObject[] {
    return [...this.#steps.keys()].sort((a, b) => a - b).map((index) => this.step(index) ?? {});
  }

  #delta(index: number, delta: JsonObject): void {
    const step = this.#steps.get(index);
    if (step === undefined) return;
    const { type, ...rest } = delta;
    switch (type) {
      case "text":
        return this.#text(listOf(step, "content"), delta);
      case "image":
      case "audio":
      case "document":
      case "video":
        listOf(step, "content").push(delta);
        return;
      case "text_annotation_delta":
        if (Array.isArray(rest.annotations)) {
          const last = listOf(step, "content").findLast((each) => isObject(each) && each.type === "text");
          if (isObject(last)) listOf(last, "annotations").push(...rest.annotations);
        }
        return;
      case "thought_summary":
        if (isObject(rest.content)) this.#text(listOf(step, "summary"), rest.content);
        return;
      case "thought_signature":
        step.signature = rest.signature ?? "";
        return;
      case "arguments_delta":
        if (typeof rest.arguments === "string") {
          this.#arguments.set(index, (this.#arguments.get(index) ?? "") + rest.arguments);
        }
        return;
      default:
        Object.assign(step, rest);
    }
  }

  /** Adds a content to a list, a text to the one before it. */
  #text(contents: JsonValue[], content: JsonObject): void {
    const last = contents.at(-1);
    if (content.type === "text" && isObject(last) && last.type === "text") {
      last.text = `${last.text ?? ""}${content.text ?? ""}`;
    } else {
      contents.push({ ...content });
    }
  }
}

function listOf(object: JsonObject, name: string): JsonValue[] {
  const found = object[name];
  if (Array.isArray(found)) return found;
  const made: JsonValue[] = [];
  object[name] = made;
  return made;
}
