import { assertEquals, assertThrows } from "@std/assert";
import { systemClock } from "../../../lib/clock.ts";
import { GatewayError } from "../../../lib/errors.ts";
import type { Quirks } from "../../../lib/providers/catalog.ts";
import { InstrumentedProvider } from "../../../lib/providers/instrumented_provider.ts";
import { ModelRequest } from "../../../lib/stages/model_request.ts";
import type { DropParams } from "../../../lib/stages/model_table.ts";
import { prepareRequest } from "../../../lib/stages/upstream/prepare_request.ts";
import { Exchange } from "../../../lib/telemetry/exchange.ts";
import type { JsonObject, WireFormat } from "../../../lib/wire/canonical.ts";
import { CODECS } from "../../wire/codecs.ts";
import { ScriptedProvider } from "../scripted_provider.ts";
import { REQUESTS } from "../scripts.ts";

interface Case {
  readonly client: WireFormat;
  readonly provider: WireFormat;
  readonly fields: JsonObject;
  readonly quirks?: Quirks;
}

function prepare({ client, provider, fields, quirks }: Case, dropParams?: DropParams) {
  const codec = CODECS[client];
  const named = codec.modelInPath === true ? { model: "asked", stream: false } : null;
  const bytes = new TextEncoder().encode(JSON.stringify({ ...REQUESTS[client], ...fields }));
  const scripted = Object.assign(new ScriptedProvider("there", [provider], []), quirks && { quirks });
  const { body, dropped } = prepareRequest(
    new Exchange(0, 0, { finished: () => {} }),
    new ModelRequest(codec, bytes, named),
    {
      provider: new InstrumentedProvider(scripted, systemClock),
      model: "claude-sonnet-4-5",
      weight: 1,
      timeouts: {},
      ...(dropParams !== undefined && { dropParams }),
    },
    CODECS,
  );
  return { body: JSON.parse(new TextDecoder().decode(body)) as JsonObject, dropped };
}

/** What is lost: as the client spells it, what remains lost where it may be passed on, and what then arrives. */
const LOSSES: readonly (Case & { name: string; told: string[]; still: string[]; arrives: JsonObject })[] = [
  {
    name: "a field that Claude's API has and chat completions have not",
    client: "openai_chat",
    provider: "anthropic_messages",
    fields: { container: "c" },
    told: ["container"],
    still: [],
    arrives: { container: "c" },
  },
  {
    name: "a field that Claude's API refuses",
    client: "openai_chat",
    provider: "anthropic_messages",
    fields: { seed: 1, n: 2 },
    told: ["n", "seed"],
    still: ["n", "seed"],
    arrives: {},
  },
  {
    name: "a field that compatible servers know",
    client: "anthropic_messages",
    provider: "openai_chat",
    fields: { top_k: 5, x_new: { a: 1 } },
    told: ["top_k", "x_new"],
    still: [],
    arrives: { top_k: 5, x_new: { a: 1 } },
  },
  {
    name: "Google's spelling",
    client: "google_generate_content",
    provider: "openai_chat",
    fields: { generationConfig: { topK: 5, mediaResolution: "LOW" } },
    told: ["generationConfig.topK", "generationConfig.mediaResolution"],
    still: ["generationConfig.mediaResolution"],
    arrives: { top_k: 5 },
  },
  {
    name: "what a model behind Bedrock may know",
    client: "openai_chat",
    provider: "bedrock_converse",
    fields: { seed: 3 },
    told: ["seed"],
    still: [],
    arrives: { additionalModelRequestFields: { seed: 3 } },
  },
  {
    name: "what was fitted to the target",
    client: "openai_chat",
    provider: "anthropic_messages",
    fields: { temperature: 1.5 },
    told: ["temperature"],
    still: ["temperature"],
    arrives: { temperature: 1 },
  },
  {
    name: "Ollama's options",
    client: "ollama_chat",
    provider: "anthropic_messages",
    fields: { options: { seed: 1, min_p: 0.1 } },
    told: ["options.seed", "options.min_p"],
    still: ["options.seed", "options.min_p"],
    arrives: {},
  },
  {
    name: "reasoning, by the word that asked for it",
    client: "openai_chat",
    provider: "anthropic_messages",
    fields: { max_tokens: 1000, thinking: { type: "enabled", budget_tokens: 2048 } },
    told: ["thinking"],
    still: ["thinking"],
    arrives: {},
  },
  {
    name: "reasoning, by the other word for it",
    client: "openai_chat",
    provider: "anthropic_messages",
    fields: { max_tokens: 1000, reasoning_effort: "high" },
    told: ["reasoning_effort"],
    still: ["reasoning_effort"],
    arrives: {},
  },
  {
    name: "reasoning, by Bedrock's own word for it",
    client: "bedrock_converse",
    provider: "anthropic_messages",
    fields: {
      inferenceConfig: { maxTokens: 1000 },
      additionalModelRequestFields: { reasoning_effort: "high" },
    },
    told: ["additionalModelRequestFields.reasoning_effort"],
    still: ["additionalModelRequestFields.reasoning_effort"],
    arrives: {},
  },
  {
    name: "a part of a message",
    client: "openai_responses",
    provider: "anthropic_messages",
    fields: {
      input: [
        { role: "user", content: [{ type: "input_audio", input_audio: { data: "", format: "wav" } }] },
        {
          role: "user",
          content: "Hi",
        },
      ],
    },
    told: ["input.content.input_audio"],
    still: ["input.content.input_audio"],
    arrives: {},
  },
  {
    name: "a quirk of the provider's, by bytes",
    client: "openai_chat",
    provider: "openai_chat",
    fields: { logit_bias: { "1": 2 }, tool_choice: "required" },
    quirks: { refuses: ["logit_bias"], toolChoice: { words: { required: "auto" } } },
    told: ["logit_bias", "tool_choice"],
    still: [],
    arrives: { logit_bias: { "1": 2 }, tool_choice: "required" },
  },
];

for (const { name, told, still, arrives, ...request } of LOSSES) {
  Deno.test(`drop_params: ${name}`, () => {
    for (const policy of [undefined, "drop"] as const) assertEquals(prepare(request, policy).dropped, told);
    const error = assertThrows(() => prepare(request, "refuse"), GatewayError);
    assertEquals([error.status, error.code, error.param], [400, "unsupported_parameter", told[0] ?? null]);
    const passed = prepare(request, "pass");
    assertEquals(passed.dropped, still);
    for (const [key, value] of Object.entries(arrives)) assertEquals(passed.body[key], value);
    for (const field of still) if (arrives[field] === undefined) assertEquals(passed.body[field], undefined);
  });
}

Deno.test("drop_params: what nothing is lost of is the same by every policy", () => {
  const request: Case = {
    client: "openai_chat",
    provider: "anthropic_messages",
    fields: { temperature: 0.5, stream_options: null, logprobs: false },
  };
  const [dropped, refused, passed] = (["drop", "refuse", "pass"] as const)
    .map((policy) => prepare(request, policy));
  assertEquals(refused, dropped);
  assertEquals(passed, dropped);
});

Deno.test("drop_params: thoughts of another model are told, and no reason to refuse", () => {
  const request: Case = {
    client: "anthropic_messages",
    provider: "openai_chat",
    fields: {
      messages: [
        { role: "user", content: "Hi" },
        { role: "assistant", content: [{ type: "thinking", thinking: "Hm.", signature: "s" }] },
        { role: "user", content: "Bye" },
      ],
    },
  };
  for (const policy of ["drop", "refuse", "pass"] as const) {
    assertEquals(prepare(request, policy).dropped, ["messages.content.reasoning"]);
  }
});

Deno.test("drop_params: a thread, whose earlier turns only Anthropic has, is refused by every policy", () => {
  const thread = { type: "continue", previous_message_id: "msg_1" };
  const request = { client: "anthropic_messages", fields: { thread } } as const;
  for (const policy of ["drop", "refuse", "pass"] as const) {
    const error = assertThrows(() => prepare({ ...request, provider: "openai_chat" }, policy), GatewayError);
    assertEquals([error.status, error.param, error.details], [400, "thread", {
      error_code: "thread_unsupported_request",
      unsupported: ["thread"],
    }]);
    assertEquals(prepare({ ...request, provider: "anthropic_messages" }, policy).body["thread"], thread);
  }
});
