import { assertEquals, assertStrictEquals } from "@std/assert";
import type { JsonObject, JsonValue } from "../../lib/wire/canonical.ts";
import { identified, withoutMadeIds } from "../../lib/wire/openai_responses/input_ids.ts";
import { INCLUDE_NAMES, shownItem } from "../../lib/wire/openai_responses/shown_items.ts";

Deno.test("identified() keeps ids and makes the same ones at every look", () => {
  const items = [
    { role: "user", content: "x" },
    { id: "own", type: "message" },
    { type: "function_call_output", call_id: "c", output: "" },
    { type: "new_kind" },
  ];
  const ids = identified(items, "resp_00ff").map(({ id }) => id);
  assertEquals(ids, ["msg_00ff_i0", "own", "fco_00ff_i2", "item_00ff_i3"]);
  assertEquals(identified(items, "resp_00ff").map(({ id }) => id), ids);
  assertEquals(identified([{ type: "message" }], "gen-1.2/3").map(({ id }) => id), ["msg_gen123_i0"]);
});

Deno.test("withoutMadeIds() takes away the ids that identified() made, and no others", () => {
  const items: JsonValue[] = [
    { role: "user", content: "x" },
    { id: "msg_00112233445566778899aabbccddeeff_0", type: "message" },
    { id: "rs_68abc", type: "reasoning" },
    "text",
  ];
  assertStrictEquals(withoutMadeIds(items), items);
  const made = identified(items, "resp_00ff");
  assertEquals(withoutMadeIds(made), items.slice(0, 3));
});

const IMAGE = { type: "input_image", image_url: "https://x", detail: "auto" };
const TEXT = { type: "output_text", text: "x", annotations: [], logprobs: [{ token: "x" }] };

/** What an item shows of a field, asked for and not. */
const INCLUDED: Record<string, [item: JsonObject, without: JsonObject]> = {
  "file_search_call.results": [{ type: "file_search_call", results: [1] }, { type: "file_search_call" }],
  "web_search_call.results": [{ type: "web_search_call", results: [1] }, { type: "web_search_call" }],
  "web_search_call.action.sources": [
    { type: "web_search_call", action: { type: "search", sources: [1] } },
    { type: "web_search_call", action: { type: "search" } },
  ],
  "code_interpreter_call.outputs": [
    { type: "code_interpreter_call", outputs: [1] },
    { type: "code_interpreter_call", outputs: null },
  ],
  "computer_call_output.output.image_url": [
    { type: "computer_call_output", output: { type: "computer_screenshot", image_url: "x" } },
    { type: "computer_call_output", output: { type: "computer_screenshot" } },
  ],
  "message.input_image.image_url": [
    { type: "message", role: "user", status: "completed", content: [IMAGE] },
    {
      type: "message",
      role: "user",
      status: "completed",
      content: [{ type: "input_image", detail: "auto" }],
    },
  ],
  "message.output_text.logprobs": [
    { type: "message", role: "assistant", status: "completed", content: [TEXT] },
    { type: "message", role: "assistant", status: "completed", content: [{ ...TEXT, logprobs: [] }] },
  ],
  "reasoning.encrypted_content": [
    { type: "reasoning", summary: [], encrypted_content: "x" },
    { type: "reasoning", summary: [] },
  ],
};

Deno.test("shownItem() leaves out what `include` does not name", () => {
  assertEquals(Object.keys(INCLUDED).sort(), [...INCLUDE_NAMES].sort());
  for (const [name, [item, without]] of Object.entries(INCLUDED)) {
    assertEquals(shownItem(item, new Set([name])), item, name);
    assertEquals(shownItem(item, new Set()), without, name);
  }
});

Deno.test("shownItem() shows whole what a client may say briefly", () => {
  const brief: [given: JsonObject, shown: JsonObject][] = [
    [
      { role: "user", content: "Hi" },
      { type: "message", role: "user", status: "completed", content: [{ type: "input_text", text: "Hi" }] },
    ],
    [
      { role: "assistant", content: "Hello" },
      {
        type: "message",
        role: "assistant",
        status: "completed",
        content: [{ type: "output_text", text: "Hello", annotations: [], logprobs: [] }],
      },
    ],
    [
      { type: "function_call_output", call_id: "c", output: "x" },
      { type: "function_call_output", call_id: "c", output: "x", status: "completed" },
    ],
    [{ type: "message", role: "user", status: "incomplete", content: [] }, {
      type: "message",
      role: "user",
      status: "incomplete",
      content: [],
    }],
    [{ type: "new_kind", content: "x" }, { type: "new_kind", content: "x" }],
  ];
  for (const [given, shown] of brief) assertEquals(shownItem(given, new Set()), shown);
});
