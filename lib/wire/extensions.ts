import type { Extensions, JsonObject, JsonValue, WireFormat } from "./canonical.ts";

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
 * OpenAI's shape stands in the model as well.
 */
const NO_LOSS = new Set(["stream_options", "cache_control"]);

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
      if (!NO_LOSS.has(name) && !isEmpty(extensions.fields[name])) this.#names.add(prefix + name);
    }
  }

  names(): string[] {
    return [...this.#names];
  }
}

function isEmpty(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null || value === false || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
