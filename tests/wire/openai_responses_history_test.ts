import { assertEquals } from "@std/assert";
import type { JsonObject } from "../../lib/wire/canonical.ts";
import { openaiResponses as codec } from "../../lib/wire/openai_responses.ts";
import {
  expandInput,
  inputItems,
  outputAsInput,
  referencedResponses,
  resolveReferences,
  withoutForeignReasoning,
} from "../../lib/wire/openai_responses/history.ts";
import { needsOpenaiSchema, validator } from "./openai_schema.ts";
import { contextOf, decodeLines, STREAMS, terminalResponse, WHOLE } from "./openai_responses_recordings.ts";

const DIGITS = "00112233445566778899aabbccddeeff";

function message(id: string, text: string): JsonObject {
  return {
    id,
    type: "message",
    status: "completed",
    role: "assistant",
    content: [{ type: "output_text", text, annotations: [], logprobs: [] }],
  };
}

Deno.test("inputItems() takes a text for a message of the user's", () => {
  assertEquals(inputItems("Hi"), [
    { type: "message", role: "user", content: [{ type: "input_text", text: "Hi" }] },
  ]);
  assertEquals(inputItems([{ role: "user", content: "Hi" }]), [{ role: "user", content: "Hi" }]);
  assertEquals(inputItems(undefined), []);
  assertEquals(inputItems(null), []);
});

Deno.test("outputAsInput() keeps ids and drops what an input item must not have", () => {
  const output: JsonObject[] = [
    { id: "rs_1", type: "reasoning", summary: [], status: "completed", encrypted_content: "e" },
    { id: "fc_1", type: "function_call", status: "completed", call_id: "c", name: "f", arguments: "{}" },
    {
      id: "sh_1",
      type: "shell_call",
      call_id: "d",
      status: "completed",
      created_by: "u",
      action: {},
      environment: null,
    },
  ];
  assertEquals(outputAsInput({ output }), [
    { id: "rs_1", type: "reasoning", summary: [], encrypted_content: "e" },
    { id: "fc_1", type: "function_call", status: "completed", call_id: "c", name: "f", arguments: "{}" },
    { id: "sh_1", type: "shell_call", call_id: "d", status: "completed", action: {}, environment: null },
  ]);
  assertEquals(outputAsInput({}), []);
});

Deno.test("expandInput() puts the turns in order and every item once", () => {
  const chain = [
    { input: inputItems("One?"), response: { output: [message("msg_1", "One.")] } },
    { input: inputItems("Two?"), response: { output: [message("msg_2", "Two.")] } },
  ];
  const input = [
    { type: "item_reference", id: "msg_2" },
    message("msg_1", "One."),
    { role: "user", content: "Three?" },
  ];
  assertEquals(expandInput(chain, input), [
    ...inputItems("One?"),
    message("msg_1", "One."),
    ...inputItems("Two?"),
    message("msg_2", "Two."),
    { role: "user", content: "Three?" },
  ]);
  assertEquals(expandInput([], "Hi"), inputItems("Hi"));
});

Deno.test("referencedResponses() and resolveReferences() find an item by the id that the gateway gave it", () => {
  const response = codec.encodeResponse({
    id: "",
    model: "m",
    choices: [{
      index: 0,
      finishReason: "tool_calls",
      parts: [
        { type: "text", text: "Looking." },
        { type: "tool_call", id: "call_1", name: "f", arguments: "{}" },
      ],
    }],
  }, { id: `resp_${DIGITS}`, model: "m", created: 1, request: {}, includeUsage: false });
  const [text, call] = outputAsInput(response);
  const input = [
    { role: "user", content: "Hi" },
    { type: "item_reference", id: `msg_${DIGITS}_0` },
    { id: `fc_${DIGITS}_1` },
    { type: "item_reference", id: "msg_68c2e6f7b72c8193ba1f552552c8dc92" },
    { type: "function_call_output", call_id: "call_1", output: "x" },
  ];
  assertEquals(referencedResponses(input), [`resp_${DIGITS}`]);
  assertEquals(referencedResponses("Hi"), []);
  assertEquals(resolveReferences(input, [response]), [
    input[0],
    text,
    call,
    input[3],
    input[4],
  ]);
});

Deno.test("withoutForeignReasoning() leaves out what OpenAI could neither read nor find", () => {
  const own = { type: "reasoning", id: "rs_0bac52ec5f239d30016a6145ff981c81929899a0e0f283767b", summary: [] };
  const sealed = { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "gAAAA" };
  const items = [
    { role: "user", content: "Hi" },
    own,
    sealed,
    { type: "reasoning", id: `rs_${DIGITS}_0`, summary: [] },
    {
      type: "reasoning",
      id: `rs_${DIGITS}_1`,
      summary: [],
      encrypted_content: "gateway.anthropic_messages.c2ln",
    },
    { type: "reasoning", id: `rs_${DIGITS}_2`, summary: [], encrypted_content: "gateway.redacted.eHg=" },
  ];
  assertEquals(withoutForeignReasoning(items), [items[0], own, sealed]);
});

Deno.test({
  name: "outputAsInput() gives items that OpenAI's schema takes for input, for every recording",
  ...needsOpenaiSchema(),
  fn() {
    const output = validator("OutputItem");
    const input = validator("InputItem");
    let checked = 0;
    for (const response of [...WHOLE.map(({ body }) => body), ...STREAMS.map(terminalResponse)]) {
      const items = Array.isArray(response.output) ? response.output : [];
      outputAsInput(response).forEach((item, index) => {
        // Some providers' own items are none of OpenAI's; they go back as they came.
        if (output(items[index]).length > 0) return;
        assertEquals(input(item), [], `${item.type}`);
        checked++;
      });
    }
    assertEquals(checked > 80, true, `${checked}`);
  },
});

Deno.test("a turn that was answered in a stream and one that was answered whole are the same history", () => {
  for (const recording of STREAMS) {
    const encoder = codec.eventEncoder(contextOf(terminalResponse(recording)));
    const events = decodeLines(codec.eventDecoder(), recording.lines);
    for (const event of events.slice(0, -1)) encoder.push(event);
    const final = encoder.final();
    encoder.push({ type: "end" });
    assertEquals(encoder.final(), final, recording.name);
    const request = { model: "m", input: expandInput([{ input: [], response: final ?? {} }], "Go on.") };
    assertEquals(codec.decodeRequest(request).messages.at(-1)?.role, "user", recording.name);
  }
});
