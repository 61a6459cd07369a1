import type { JsonObject, JsonValue } from "../../wire/canonical.ts";
import { isObject } from "../../wire/shape.ts";
import { outputItems, responseObject } from "./openai_response_object.ts";
import { logprobsOf } from "./openai_logprobs.ts";
import { tokensOf } from "./text.ts";
import { type MockEvent, mockEvent, type MockEventKind, type MockRequest } from "./wire.ts";

/** The events of a streamed response, in OpenAI's order. */
export function responsesStream(request: MockRequest): MockEvent[] {
  const items = outputItems(request);
  const events = new Events();
  const started = responseObject(request, null);
  events.add("prelude", "response.created", { response: started });
  events.add("prelude", "response.in_progress", { response: started });
  for (const [index, item] of items.entries()) {
    const place = { output_index: index };
    events.add("prelude", "response.output_item.added", { ...place, item: begun(item) });
    const within = new Item(events, { item_id: item["id"] ?? "", ...place });
    if (item["type"] === "message") within.message(item, request);
    else if (item["type"] === "reasoning") within.reasoning(item);
    else within.call(item);
    events.add("closing", "response.output_item.done", { ...place, item });
  }
  const ended = responseObject(request, items);
  events.add("terminal", `response.${ended["status"]}`, { response: ended });
  return events.list;
}

/** OpenAI's two events for a failure in the middle of a stream. */
export function responsesErrorEvents(request: MockRequest, sequence: number): string {
  const message = "The server had an error while processing your request.";
  const error = { type: "server_error", code: "server_error", message, param: null };
  const failed = {
    ...responseObject(request, null),
    status: "failed",
    error: { code: "server_error", message },
  };
  const events = new Events(sequence);
  // The recorded event nests what the specification has at the top: the mock says both.
  events.add("content", "error", { code: error.code, message, param: null, error });
  events.add("terminal", "response.failed", { response: failed });
  return events.list.map((event) => event.text).join("");
}

/** An item as it looks when it is added. */
function begun(item: JsonObject): JsonObject {
  switch (item["type"]) {
    case "message":
      return { ...item, status: "in_progress", content: [] };
    case "reasoning":
      return { ...item, summary: [] };
    case "custom_tool_call":
      return { ...item, status: "in_progress", input: "" };
    default:
      return { ...item, status: "in_progress", arguments: "" };
  }
}

class Events {
  readonly list: MockEvent[] = [];
  #sequence: number;

  constructor(sequence = 0) {
    this.#sequence = sequence;
  }

  add(kind: MockEventKind, type: string, fields: JsonObject): void {
    this.list.push(mockEvent(kind, { type, sequence_number: this.#sequence++, ...fields }, type));
  }
}

/** The events within one output item. */
class Item {
  constructor(private readonly events: Events, private readonly place: JsonObject) {}

  message(item: JsonObject, request: MockRequest): void {
    const part = Array.isArray(item["content"]) ? item["content"][0] : undefined;
    if (!isObject(part)) return;
    const answer = request.answers[0];
    const place = { ...this.place, content_index: 0 };
    const top = request.prompt.topLogprobs;
    const logprobs = (token: string) =>
      answer.refusal ? {} : { logprobs: top < 0 ? [] : logprobsOf([token], top) };
    const [type, field] = answer.refusal ? ["response.refusal", "refusal"] : ["response.output_text", "text"];
    const empty = answer.refusal ? { refusal: "" } : { text: "", logprobs: [] };
    this.events.add("prelude", "response.content_part.added", { ...place, part: { ...part, ...empty } });
    for (const token of answer.tokens) {
      this.events.add("content", `${type}.delta`, { ...place, delta: token, ...logprobs(token) });
    }
    const all: JsonObject = answer.refusal ? {} : { logprobs: part["logprobs"] ?? [] };
    this.events.add("closing", `${type}.done`, { ...place, [field]: part[field] ?? "", ...all });
    this.events.add("closing", "response.content_part.done", { ...place, part });
  }

  reasoning(item: JsonObject): void {
    const summary: JsonValue[] = Array.isArray(item["summary"]) ? item["summary"] : [];
    for (const [index, part] of summary.entries()) {
      if (!isObject(part)) continue;
      const place = { ...this.place, summary_index: index };
      const text = String(part["text"]);
      this.events.add("prelude", "response.reasoning_summary_part.added", {
        ...place,
        part: { ...part, text: "" },
      });
      for (const token of tokensOf(text)) {
        this.events.add("content", "response.reasoning_summary_text.delta", { ...place, delta: token });
      }
      this.events.add("closing", "response.reasoning_summary_text.done", { ...place, text });
      this.events.add("closing", "response.reasoning_summary_part.done", { ...place, part });
    }
  }

  call(item: JsonObject): void {
    const custom = item["type"] === "custom_tool_call";
    const type = custom ? "response.custom_tool_call_input" : "response.function_call_arguments";
    const field = custom ? "input" : "arguments";
    const text = String(item[field]);
    for (const token of tokensOf(text)) {
      this.events.add("content", `${type}.delta`, { ...this.place, delta: token });
    }
    const name: JsonObject = custom ? {} : { name: item["name"] ?? "" };
    this.events.add("closing", `${type}.done`, { ...this.place, ...name, [field]: text });
  }
}
