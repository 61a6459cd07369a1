import { isObject } from "./shape.ts";
import type { Extensions, FunctionTool, ImagePart, JsonObject, JsonValue, WireFormat } from "./canonical.ts";

/** Unknown fields with the format that knows them; undefined where there are none. */
export function extensionsOf(format: WireFormat, fields: JsonObject | undefined): Extensions | undefined {
  return fields === undefined ? undefined : { format, fields };
}

/** The fields that `format` left for itself; undefined where there are none or another format's. */
export function ownFields(format: WireFormat, extensions: Extensions | undefined): JsonObject | undefined {
  return extensions?.format === format ? extensions.fields : undefined;
}

/** What a tool or a part that only its own format knows is called there: its type, or in Google's its one field. */
export function nameOfOpaque(value: JsonObject): string {
  return typeof value.type === "string" ? value.type : Object.keys(value)[0] ?? "unknown";
}

/**
 * Fields that are no loss: `stream_options` says how the answer travels, not what it says; `cache_control` in
 * OpenAI's shape, and the `role` of Anthropic's instructions in the middle, stand in the model as well.
 */
const NO_LOSS = new Set(["stream_options", "cache_control", "role"]);

/** Others' words in OpenAI's chat completions, which stand in the model as well. */
function isInModel(format: Extensions["format"], name: string, value: JsonValue | undefined): boolean {
  return format === "openai_chat" && (name === "top_k" || name === "thinking" && isObject(value));
}

/** Fields that hold others: of these, those that the model has no place for. */
const HOLDERS = new Set([
  ...["generationConfig", "toolConfig", "options", "text", "output_config", "inferenceConfig"],
  ...["additionalModelRequestFields", "metadata", "generation_config"],
]);

/** What reasoning in a conversation's history is called. */
export const THOUGHTS = "messages.content.reasoning";

/** Names of what a request loses on its way into a format, each once and in order. */
export class Dropped {
  readonly #names = new Set<string>();

  add(name: string): void {
    this.#names.add(name);
  }

  /** Reports what stands in another format's extensions, save what is empty and so asks for nothing. */
  addForeign(format: WireFormat, extensions: Extensions | undefined, prefix = ""): void {
    if (extensions === undefined || extensions.format === format) return;
    for (const name in extensions.fields) {
      const value = extensions.fields[name];
      if (NO_LOSS.has(name) || isEmpty(value) || isServed(name, value)) continue;
      if (isInModel(extensions.format, name, value)) continue;
      if (HOLDERS.has(name) && isObject(value)) {
        for (const inner in value) if (!isEmpty(value[inner])) this.#names.add(`${prefix}${name}.${inner}`);
      } else {
        this.#names.add(prefix + name);
      }
    }
  }

  /** Thoughts of an earlier turn that only the model they are another's could read. */
  addThoughts(): void {
    this.#names.add(THOUGHTS);
  }

  /** How closely an image shall be looked at, where the format cannot say it. */
  addDetail({ detail }: ImagePart): void {
    if (detail !== undefined && detail !== "auto") this.#names.add("messages.content.image.detail");
  }

  /** A tool whose arguments shall keep to their schema, where the format cannot say it. */
  addStrict({ strict }: FunctionTool): void {
    if (strict === true) this.#names.add("tools.strict");
  }

  names(): string[] {
    return [...this.#names];
  }
}

/** Whether the gateway itself does what is asked for: what another format's provider signed is in every answer. */
function isServed(name: string, value: JsonValue | undefined): boolean {
  return name === "include" && Array.isArray(value) &&
    value.every((each) => each === "reasoning.encrypted_content");
}

function isEmpty(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null || value === false || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
