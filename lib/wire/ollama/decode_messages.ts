import type {
  ImagePart,
  JsonObject,
  Message,
  Part,
  TextPart,
  ToolCallPart,
  ToolResultPart,
} from "../canonical.ts";
import { type Fields, unknownFields } from "../shape.ts";
import { decodeToolCall } from "./tool_calls.ts";

const FORMAT = "ollama_chat";
const ROLES = ["system", "user", "assistant", "tool"] as const;
const KNOWN = new Set(["role", "content", "images", "thinking", "tool_calls", "tool_name", "tool_call_id"]);

/**
 * `messages` of a chat. Calls may have no ids here and results may name their tool alone; both get the ids that
 * the other formats need, the same ones each time the conversation comes back.
 * @throws {GatewayError} with the path of the first field that is missing or wrong (`messages[2].content`).
 */
export function decodeMessages(body: Fields): Message[] {
  const items = body.items("messages");
  if (items.length === 0) body.fail("messages", "at least one message");
  const calls = new Calls();
  return items.map((item) => decodeMessage(item, calls));
}

function decodeMessage(fields: Fields, calls: Calls): Message {
  const role = fields.oneOf("role", ROLES);
  const content = decodeContent(fields, "content");
  const rest = unknownFields(fields.object, KNOWN);
  let parts: Part[] = content;
  if (role === "tool") {
    const result: ToolResultPart = { type: "tool_result", callId: calls.answered(fields), content };
    parts = [result];
  } else if (role === "assistant") {
    const thinking = fields.optionalString("thinking") ?? "";
    if (thinking !== "") parts = [{ type: "reasoning", text: thinking }, ...content];
    const made = (fields.optionalItems("tool_calls") ?? []).map((call) => calls.made(call));
    calls.open(made);
    parts = [...parts, ...made];
  }
  const message: Message = { role, parts };
  if (rest !== undefined) message.extensions = { format: FORMAT, fields: rest satisfies JsonObject };
  return message;
}

/** A text and the images beside it. */
export function decodeContent(fields: Fields, key: string): (TextPart | ImagePart)[] {
  const parts: (TextPart | ImagePart)[] = [];
  const text = fields.optionalString(key) ?? "";
  if (text !== "") parts.push({ type: "text", text });
  for (const data of fields.optionalStrings("images") ?? []) {
    parts.push({ type: "image", data, mediaType: mediaTypeOf(data) });
  }
  return parts;
}

/** How base64 of each kind of image begins: an image's type is not told here. */
const BEGINNINGS: readonly (readonly [beginning: string, mediaType: string])[] = [
  ["iVBORw0KGgo", "image/png"],
  ["/9j/", "image/jpeg"],
  ["R0lGOD", "image/gif"],
  ["UklGR", "image/webp"],
];

function mediaTypeOf(data: string): string {
  return BEGINNINGS.find(([beginning]) => data.startsWith(beginning))?.[1] ?? "image/png";
}

/** The calls of a conversation so far, and which of them wait for their results. */
class Calls {
  #count = 0;
  #waiting: ToolCallPart[] = [];

  made(call: Fields): ToolCallPart {
    const position = this.#count++;
    return decodeToolCall(call, () => `call_${position}`);
  }

  open(calls: ToolCallPart[]): void {
    if (calls.length > 0) this.#waiting = calls;
  }

  /** Id of the call that a message of role `tool` answers. */
  answered(result: Fields): string {
    const id = result.optionalString("tool_call_id");
    const name = result.optionalString("tool_name");
    const named = this.#waiting.findIndex((call) => id === undefined ? call.name === name : call.id === id);
    // A result that names nothing answers the first call that waits.
    const [call] = this.#waiting.splice(Math.max(named, 0), id === undefined || named >= 0 ? 1 : 0);
    return id ?? call?.id ?? `call_${name ?? this.#count}`;
  }
}
