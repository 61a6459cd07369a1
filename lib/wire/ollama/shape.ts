import type { JsonObject, ToolCallPart, WireFormat } from "../canonical.ts";
import { Fields, put } from "../shape.ts";
import { decodeToolCall } from "./tool_calls.ts";

/** What a line, or a whole answer, shows of the model's words. */
export interface Said {
  readonly text: string;
  readonly thinking: string;
  readonly calls: readonly ToolCallPart[];
}

/** Where one of Ollama's two APIs has it. */
export interface LineShape {
  readonly format: WireFormat;
  /** Fields that {@linkcode read} reads; the first one is always there. */
  readonly known: readonly [string, ...string[]];
  read(fields: Fields, makeId: () => string): Said;
  /** @param calls as the wire has them. */
  write(text: string, thinking?: string, calls?: readonly JsonObject[]): JsonObject;
}

/** `{"message": {"role", "content", "thinking", "tool_calls"}}` */
export const CHAT: LineShape = {
  format: "ollama_chat",
  known: ["message"],
  read(fields, makeId) {
    const message = fields.optionalFields("message") ?? new Fields({}, "message", fields.fault);
    return {
      text: message.optionalString("content") ?? "",
      thinking: message.optionalString("thinking") ?? "",
      calls: (message.optionalItems("tool_calls") ?? []).map((call) => decodeToolCall(call, makeId)),
    };
  },
  write(text, thinking = "", calls = []) {
    const message: JsonObject = { role: "assistant", content: text };
    put(message, "thinking", thinking === "" ? undefined : thinking);
    if (calls.length > 0) message.tool_calls = [...calls];
    return { message };
  },
};

/** `{"response", "thinking"}`; there are no calls. */
export const GENERATE: LineShape = {
  format: "ollama_generate",
  known: ["response", "thinking"],
  read: (fields) => ({
    text: fields.optionalString("response") ?? "",
    thinking: fields.optionalString("thinking") ?? "",
    calls: [],
  }),
  write(text, thinking = "") {
    return thinking === "" ? { response: text } : { response: text, thinking };
  },
};
