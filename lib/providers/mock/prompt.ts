import type { JsonObject, JsonValue } from "../../wire/canonical.ts";
import { isObject } from "../../wire/shape.ts";

export interface MockTool {
  readonly name: string;
  /** JSON schema of its arguments. */
  readonly parameters: JsonValue | undefined;
  /** Takes free text. */
  readonly custom: boolean;
}

/** What a request asks of the mock, whatever its wire format. */
export interface MockPrompt {
  readonly conversation: Conversation;
  readonly tools: readonly MockTool[];
  /** A tool's own name, or one of `auto`, `none` and `required` in `toolMode`. */
  readonly toolMode: "auto" | "none" | "required" | "named";
  readonly toolName: string;
  readonly parallelTools: boolean;
  /** `Infinity`: as many as it takes. */
  readonly maxTokens: number;
  readonly stop: readonly string[];
  /** Structured output: a JSON schema, or `true` for any object. */
  readonly schema: JsonObject | true | null;
  /** Empty: no reasoning. */
  readonly effort: string;
  readonly choices: number;
  /** Alternatives for each token's log probability; -1: no log probabilities. */
  readonly topLogprobs: number;
}

/** A request that a true provider would refuse as well. */
export class MockRefusal extends Error {
  override readonly name = "MockRefusal";
  constructor(
    readonly status: number,
    message: string,
    readonly param: string | null = null,
    readonly code: string | null = null,
  ) {
    super(message);
  }
}

export function missing(param: string): MockRefusal {
  return new MockRefusal(400, `Missing required parameter: '${param}'.`, param, "missing_required_parameter");
}

/** A field that is not there, or is not what it has to be. */
export function unfit(body: JsonObject, param: string, expected: string): MockRefusal {
  if (body[param] === undefined) return missing(param);
  return new MockRefusal(400, `Invalid type for '${param}': expected ${expected}.`, param, "invalid_type");
}

/** Listens to a conversation for what an answer is made of. */
export class Conversation {
  /** The last user message. */
  userText = "";
  /** Images in it. */
  images = 0;
  /** Results of tools since then or since the last answer. */
  readonly toolResults: string[] = [];
  #characters = 0;
  #messages = 0;
  #allImages = 0;

  /** An estimate. */
  get tokens(): number {
    return Math.ceil(this.#characters / 4) + 4 * this.#messages + 85 * this.#allImages;
  }

  /** One message with its content: a string, or parts with texts and images. */
  message(role: string, content: JsonValue | undefined): void {
    this.#messages++;
    const before = this.#allImages;
    const text = this.#text(content);
    if (role !== "user" && role !== "assistant") return;
    this.toolResults.length = 0;
    if (role === "assistant") return;
    this.userText = text;
    this.images = this.#allImages - before;
  }

  toolResult(content: JsonValue | undefined): void {
    this.#messages++;
    this.toolResults.push(this.#text(content));
  }

  #text(content: JsonValue | undefined): string {
    if (typeof content === "string") {
      this.#characters += content.length;
      return content;
    }
    if (!Array.isArray(content)) return "";
    let text = "";
    for (const part of content) {
      if (!isObject(part)) continue;
      if (typeof part["text"] === "string") text += part["text"];
      else if (part["type"] === "image_url" || part["type"] === "input_image" || part["type"] === "image") {
        this.#allImages++;
      }
    }
    this.#characters += text.length;
    return text;
  }
}

/** A positive number, or the other one. */
export function numberOr(value: JsonValue | undefined, otherwise: number): number {
  return typeof value === "number" && value >= 0 ? value : otherwise;
}

export function stringOr(value: JsonValue | undefined, otherwise: string): string {
  return typeof value === "string" ? value : otherwise;
}

/** The strings of an array, or the one string. */
export function strings(value: JsonValue | undefined): string[] {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}
