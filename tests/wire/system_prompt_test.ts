import { assertEquals } from "@std/assert";
import type { ClientFormat, JsonObject } from "../../lib/wire/canonical.ts";
import { type PromptMode, systemPromptEdits } from "../../lib/wire/system_prompt.ts";
import { JsonRequest } from "../../lib/stages/json_request.ts";

function injected(format: ClientFormat, body: string, mode: PromptMode): string {
  const request = new JsonRequest(new TextEncoder().encode(body), { anyModel: true });
  request.rewrite(systemPromptEdits(format, request, "NEW", mode));
  return new TextDecoder().decode(request.bytes);
}

const USER = `{"role" : "user", "content":"Hi", "n":1.50}`;

Deno.test("systemPromptEdits() keeps every byte of the messages that it is not about", () => {
  assertEquals(
    injected("openai_chat", `{ "messages": [ ${USER} ], "x": 1e0 }`, "append"),
    `{ "messages": [{"role":"system","content":"NEW"},${USER}], "x": 1e0 }`,
  );
  assertEquals(
    injected("openai_chat", `{"messages":[{"role":"developer","content":"Old"},${USER}]}`, "prepend"),
    `{"messages":[{"role":"developer","content":"NEW\\n\\nOld"},${USER}]}`,
  );
});

const OLD_PART = { type: "text", text: "Old" };
const NEW_PART = { type: "text", text: "NEW" };
const ASKED = { role: "user", content: "Hi" };

type Case = readonly [
  format: ClientFormat,
  given: JsonObject,
  expected: Readonly<Record<PromptMode, JsonObject>>,
];
const same = (value: JsonObject) => ({ prepend: value, append: value, replace: value });

const CASES: readonly Case[] = [
  ["openai_chat", { messages: [ASKED] }, same({ messages: [{ role: "system", content: "NEW" }, ASKED] })],
  ["openai_chat", { messages: [{ role: "system", content: [OLD_PART] }, ASKED] }, {
    prepend: { messages: [{ role: "system", content: [NEW_PART, OLD_PART] }, ASKED] },
    append: { messages: [{ role: "system", content: [OLD_PART, NEW_PART] }, ASKED] },
    replace: { messages: [{ role: "system", content: "NEW" }, ASKED] },
  }],
  [
    "cohere_chat",
    { messages: [{ role: "system", content: "A" }, { role: "system", content: "B" }, ASKED] },
    {
      prepend: {
        messages: [{ role: "system", content: "NEW\n\nA" }, { role: "system", content: "B" }, ASKED],
      },
      append: {
        messages: [{ role: "system", content: "A" }, { role: "system", content: "B\n\nNEW" }, ASKED],
      },
      replace: { messages: [{ role: "system", content: "NEW" }, ASKED] },
    },
  ],
  ["ollama_chat", { messages: [] }, same({ messages: [{ role: "system", content: "NEW" }] })],
  ["openai_responses", { input: "Hi" }, same({ input: "Hi", instructions: "NEW" })],
  ["openai_responses", { input: "Hi", instructions: "Old" }, {
    prepend: { input: "Hi", instructions: "NEW\n\nOld" },
    append: { input: "Hi", instructions: "Old\n\nNEW" },
    replace: { input: "Hi", instructions: "NEW" },
  }],
  ["anthropic_messages", { messages: [ASKED] }, same({ messages: [ASKED], system: "NEW" })],
  ["anthropic_messages", { system: [OLD_PART], messages: [ASKED] }, {
    prepend: { system: [NEW_PART, OLD_PART], messages: [ASKED] },
    append: { system: [OLD_PART, NEW_PART], messages: [ASKED] },
    replace: { system: [NEW_PART], messages: [ASKED] },
  }],
  ["bedrock_converse", { messages: [] }, same({ messages: [], system: [{ text: "NEW" }] })],
  ["ollama_generate", { prompt: "Hi", system: "Old" }, {
    prepend: { prompt: "Hi", system: "NEW\n\nOld" },
    append: { prompt: "Hi", system: "Old\n\nNEW" },
    replace: { prompt: "Hi", system: "NEW" },
  }],
  [
    "google_generate_content",
    { contents: [] },
    same({
      contents: [],
      systemInstruction: { parts: [{ text: "NEW" }] },
    }),
  ],
  ["google_generate_content", { system_instruction: { role: "user", parts: { text: "Old" } } }, {
    prepend: { system_instruction: { role: "user", parts: [{ text: "NEW" }, { text: "Old" }] } },
    append: { system_instruction: { role: "user", parts: [{ text: "Old" }, { text: "NEW" }] } },
    replace: { system_instruction: { role: "user", parts: [{ text: "NEW" }] } },
  }],
  ["google_interactions", { input: "Hi" }, same({ input: "Hi", system_instruction: "NEW" })],
  ["completions", { prompt: "Hi" }, same({ prompt: "Hi" })],
];

for (const [format, given, expected] of CASES) {
  Deno.test(`systemPromptEdits() in ${format}: ${JSON.stringify(given)}`, () => {
    for (const [mode, body] of Object.entries(expected)) {
      assertEquals(JSON.parse(injected(format, JSON.stringify(given), mode as PromptMode)), body, mode);
    }
  });
}
