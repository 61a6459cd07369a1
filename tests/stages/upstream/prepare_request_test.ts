import { assert, assertEquals, assertThrows } from "@std/assert";
import { GatewayError } from "../../../lib/errors.ts";
import { CATALOG } from "../../../lib/providers/catalog.ts";
import { InstrumentedProvider } from "../../../lib/providers/instrumented_provider.ts";
import type { Provider } from "../../../lib/providers/provider.ts";
import { ModelRequest } from "../../../lib/stages/model_request.ts";
import type { Target } from "../../../lib/stages/model_table.ts";
import { prepareRequest } from "../../../lib/stages/upstream/prepare_request.ts";
import { Exchange } from "../../../lib/telemetry/exchange.ts";
import type { WireFormat } from "../../../lib/wire/canonical.ts";
import { ManualClock } from "../../manual_clock.ts";
import { CODECS } from "../stage_bench.ts";
import { ScriptedProvider } from "../scripted_provider.ts";

function target(model: string, formats: WireFormat[], more: Partial<Provider> = {}): Target {
  const provider = Object.assign(new ScriptedProvider("up", formats, []), more);
  return { provider: new InstrumentedProvider(provider, new ManualClock()), model, weight: 1, timeouts: {} };
}

function prepare(
  format: WireFormat,
  text: string,
  to: Target,
  change: (request: ModelRequest) => void = () => {},
) {
  const exchange = new Exchange(0, 0, { finished: () => {} });
  exchange.request = new Request("http://gateway.test/", {
    headers: { "openai-beta": "x=1", "anthropic-beta": "y", authorization: "Bearer client", cookie: "z" },
  });
  const request = new ModelRequest(CODECS[format], new TextEncoder().encode(text));
  change(request);
  const prepared = prepareRequest(exchange, request, to, CODECS);
  return { ...prepared, text: new TextDecoder().decode(prepared.body), request };
}

Deno.test("prepareRequest() sends the very bytes where nothing has to change", () => {
  const text = `{ "messages": [{"role":"user","content":"\\u00e9"}], "model":"m", "unknown": 1.50 }`;
  const prepared = prepare("openai_chat", text, target("m", ["openai_chat"]));
  assert(prepared.body === prepared.request.bytes);
  assertEquals([prepared.passThrough, prepared.withholdUsage, prepared.dropped], [true, false, []]);
});

Deno.test("prepareRequest() changes the model's name and no other byte", () => {
  const text = `{ "messages": [ ], "model" : "asked", "unknown": 1.50 }`;
  assertEquals(
    prepare("openai_chat", text, target("sent", ["openai_chat"])).text,
    `{ "messages": [ ], "model" : "sent", "unknown": 1.50 }`,
  );
});

Deno.test("prepareRequest() asks a chat stream for its usage, besides what the client asked for", () => {
  const cases: [given: string, sent: unknown, withheld: boolean][] = [
    ['{"model":"m","stream":true,"messages":[]}', { include_usage: true }, true],
    ['{"model":"m","stream":true,"messages":[],"stream_options":null}', { include_usage: true }, true],
    [
      '{"model":"m","stream":true,"messages":[],"stream_options":{"include_obfuscation":false}}',
      { include_obfuscation: false, include_usage: true },
      true,
    ],
    ['{"model":"m","stream":true,"messages":[],"stream_options":{"include_usage":true}}', {
      include_usage: true,
    }, false],
    ['{"model":"m","stream":false,"messages":[]}', undefined, false],
  ];
  for (const [given, sent, withheld] of cases) {
    const prepared = prepare("openai_chat", given, target("m", ["openai_chat"]));
    assertEquals([JSON.parse(prepared.text).stream_options, prepared.withholdUsage], [sent, withheld], given);
  }
});

Deno.test("prepareRequest() asks nothing of a provider that would refuse it", () => {
  const to = target("m", ["openai_chat"], { quirks: { refusesStreamOptions: true } });
  const text = '{"model":"m","stream":true,"messages":[]}';
  const prepared = prepare("openai_chat", text, to);
  assertEquals([prepared.text, prepared.withholdUsage], [text, false]);
});

Deno.test("prepareRequest() prefers the client's own format, else the provider's first", () => {
  const text = '{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}';
  const both = target("m", ["openai_chat", "anthropic_messages"]);
  assertEquals(prepare("anthropic_messages", text, both).passThrough, true);
  const other = prepare("anthropic_messages", text, target("sent", ["openai_chat", "openai_responses"]));
  assertEquals([other.passThrough, other.codec.format], [false, "openai_chat"]);
  const body = JSON.parse(other.text);
  assertEquals([body.model, body.messages], ["sent", [{ role: "user", content: "Hi" }]]);
});

Deno.test("prepareRequest() asks for usage in another format, and only where it is chat's to ask", () => {
  const text = '{"model":"m","stream":true,"max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}';
  const chat = prepare("anthropic_messages", text, target("m", ["openai_chat"]));
  assertEquals(JSON.parse(chat.text).stream_options, { include_usage: true });
  const refusing = target("m", ["openai_chat"], { quirks: { refusesStreamOptions: true } });
  assertEquals(JSON.parse(prepare("anthropic_messages", text, refusing).text).stream_options, undefined);
  const asked =
    '{"model":"m","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"Hi"}]}';
  const anthropic = prepare("openai_chat", asked, target("m", ["anthropic_messages"]));
  assertEquals(JSON.parse(anthropic.text).stream_options, undefined);
});

Deno.test("prepareRequest() names what the target's format cannot say", () => {
  const text =
    '{"model":"m","seed":1,"n":1,"logit_bias":{"1":2},"messages":[{"role":"user","content":"Hi"}]}';
  const { dropped } = prepare("openai_chat", text, target("m", ["anthropic_messages"]));
  assert(dropped.includes("seed"), dropped.join());
});

Deno.test("prepareRequest() gives a provider of the same format the input that is meant for it", () => {
  const change = (request: ModelRequest) => request.nativeInput = [{ role: "user", content: "native" }];
  const text = '{"model":"m","input":[{"role":"user","content":"Hi"}],"x":1}';
  const native = prepare("openai_responses", text, target("m", ["openai_responses"]), change);
  assertEquals(native.text, '{"model":"m","input":[{"role":"user","content":"native"}],"x":1}');
  const other = prepare("openai_responses", text, target("m", ["openai_chat"]), change);
  assertEquals(JSON.parse(other.text).messages, [{ role: "user", content: "Hi" }]);
});

Deno.test("prepareRequest() forwards the headers that the provider's row names, and the query in the same format", () => {
  const text = '{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}';
  const withQuery = (request: ModelRequest) => request.query = "?beta=true";
  const to = target("m", ["anthropic_messages"], { forwardHeaders: ["anthropic-beta", "absent"] });
  const same = prepare("anthropic_messages", text, to, withQuery);
  assertEquals([same.headers, same.query], [["anthropic-beta", "y"], "?beta=true"]);
  assertEquals(prepare("openai_chat", text, to, withQuery).query, "");
});

Deno.test("prepareRequest() leaves the bytes of a request alone that a provider's quirks are not about", () => {
  const text = `{ "messages": [{"role":"user","content":"\\u00e9"}], "model":"m", "unknown": 1.50 }`;
  const { quirks } = CATALOG.mistral;
  const prepared = prepare("openai_chat", text, target("m", ["openai_chat"], { quirks }));
  assert(prepared.body === prepared.request.bytes);
  assertEquals(prepared.dropped, []);
});

Deno.test("prepareRequest() applies a provider's quirks to requests of both ways, and tells what it left out", () => {
  const to = target("m", ["openai_chat"], {
    quirks: { refusesStreamOptions: true, refuses: ["logit_bias"], developerRole: "system" },
  });
  const chat =
    '{"model":"m","stream":true,"stream_options":{"include_usage":true},"x":1.50,"logit_bias":{"1":2},"messages":[{"role":"developer","content":"Hi"}]}';
  const same = prepare("openai_chat", chat, to);
  assertEquals(
    same.text,
    '{"model":"m","stream":true,"x":1.50,"messages":[{"role":"system","content":"Hi"}]}',
  );
  assertEquals([same.passThrough, same.withholdUsage, same.dropped], [true, false, ["logit_bias"]]);
  const responses = '{"model":"m","input":[{"role":"developer","content":"Hi"}]}';
  assertEquals(JSON.parse(prepare("openai_responses", responses, to).text).messages, [
    { role: "system", content: "Hi" },
  ]);
});

Deno.test("prepareRequest() renames in what it wrote itself, and leaves the client's own words", () => {
  const to = target("prod", ["openai_chat"], { quirks: CATALOG.azure.quirks });
  const anthropic = '{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}';
  const { max_tokens: old, max_completion_tokens: limit } = JSON.parse(
    prepare("anthropic_messages", anthropic, to).text,
  );
  assertEquals([old, limit], [undefined, 9]);
  const chat = '{"model":"prod","max_tokens":9,"messages":[]}';
  assertEquals(prepare("openai_chat", chat, to).text, chat);
});

Deno.test("prepareRequest() changes the developer's role in the input that is meant for a provider", () => {
  const to = target("m", ["openai_responses"], { quirks: { developerRole: "system" } });
  const change = (request: ModelRequest) => {
    request.nativeInput = [{ role: "user", content: "earlier" }, { role: "developer", content: "Hi" }];
  };
  const text = '{"model":"m","input":[{"role":"developer","content":"Hi"}],"x":1}';
  assertEquals(JSON.parse(prepare("openai_responses", text, to, change).text).input, [
    { role: "user", content: "earlier" },
    { role: "system", content: "Hi" },
  ]);
});

Deno.test("prepareRequest() renames the limit of tokens for a provider that heeds only the old name", () => {
  const old = target("m", ["openai_chat"], {
    quirks: { renames: { max_completion_tokens: "max_tokens" } },
  });
  assertEquals(
    JSON.parse(prepare("openai_chat", '{"model":"m","max_completion_tokens":7}', old).text),
    { model: "m", max_tokens: 7 },
  );
  const both = '{"model":"m","max_completion_tokens":7,"max_tokens":5}';
  assertEquals(prepare("openai_chat", both, old).text, '{"model":"m","max_tokens":5}');
  const translated = prepare(
    "anthropic_messages",
    '{"model":"gpt-5","max_tokens":9,"messages":[{"role":"user","content":"x"}]}',
    old,
  );
  const body = JSON.parse(translated.text);
  assertEquals([body.max_tokens, body.max_completion_tokens], [9, undefined]);
});

Deno.test("prepareRequest() names the target's model whatever was selected on the way", () => {
  for (const selected of ["sent", "other"]) {
    const text = `{"model":"auto","messages":[]}`;
    const prepared = prepare("openai_chat", text, target("sent", ["openai_chat"]), (request) => {
      request.model = selected;
    });
    assertEquals(prepared.text, `{"model":"sent","messages":[]}`);
  }
});

const HI = [{ role: "user", content: "Hi" }];

for (
  const [format, model, given, field, expected] of [
    ["openai_chat", "o4-mini", { messages: HI }, "reasoning_effort", "high"],
    ["openai_responses", "o4-mini", { input: "Hi", reasoning: { summary: "auto" } }, "reasoning", {
      summary: "auto",
      effort: "high",
    }],
    ["anthropic_messages", "claude-sonnet-4-5", { max_tokens: 64_000, messages: HI }, "thinking", {
      type: "enabled",
      budget_tokens: 24_576,
    }],
    [
      "google_interactions",
      "gemini-3-pro",
      {
        input: "Hi",
        generation_config: { temperature: 0.5 },
      },
      "generation_config",
      { temperature: 0.5, thinking_level: "high", thinking_summaries: "auto" },
    ],
  ] as const
) {
  Deno.test(`prepareRequest() asks for reasoning in ${format} as the model takes it`, () => {
    const text = JSON.stringify({ model: "auto", ...given });
    const { text: sent, passThrough } = prepare(format, text, target(model, [format]), (request) => {
      request.reasoning = { effort: "high" };
    });
    assertEquals(passThrough, true);
    assertEquals(JSON.parse(sent), { ...given, model, [field]: expected });
  });
}

Deno.test("prepareRequest() leaves out what cannot be had with reasoning", () => {
  const text = JSON.stringify({ model: "auto", max_tokens: 64_000, temperature: 0.2, messages: HI });
  const { text: sent, dropped } = prepare(
    "anthropic_messages",
    text,
    target("claude-sonnet-4-5", ["anthropic_messages"]),
    (request) => {
      request.reasoning = { effort: "low" };
    },
  );
  assertEquals(JSON.parse(sent), {
    model: "claude-sonnet-4-5",
    max_tokens: 64_000,
    messages: HI,
    thinking: { type: "enabled", budget_tokens: 2048 },
  });
  assertEquals(dropped, ["temperature"]);
});

Deno.test("prepareRequest() asks for reasoning in another format than the client's", () => {
  const text = JSON.stringify({ model: "auto", messages: HI });
  const { text: sent } = prepare(
    "openai_chat",
    text,
    target("claude-opus-4-6", ["anthropic_messages"]),
    (request) => {
      request.reasoning = { effort: "high" };
    },
  );
  const { thinking, output_config } = JSON.parse(sent);
  assertEquals([thinking.type, output_config], ["adaptive", { effort: "high" }]);
});

Deno.test("prepareRequest() sets the switch of a model's chat template in place of an effort", () => {
  const to = { ...target("qwen", ["openai_chat"]), reasoningSwitch: "enable_thinking" };
  const chat = JSON.stringify({ model: "auto", messages: HI, chat_template_kwargs: { x: 1 } });
  const messages = JSON.stringify({ model: "auto", max_tokens: 10, messages: HI });
  for (const [effort, on] of [["high", true], ["none", false]] as const) {
    const change = (request: ModelRequest) => {
      request.reasoning = { effort };
    };
    const passed = JSON.parse(prepare("openai_chat", chat, to, change).text);
    assertEquals([passed.chat_template_kwargs, passed.reasoning_effort], [
      { x: 1, enable_thinking: on },
      undefined,
    ]);
    const translated = JSON.parse(prepare("anthropic_messages", messages, to, change).text);
    assertEquals([translated.chat_template_kwargs, translated.reasoning_effort], [
      { enable_thinking: on },
      undefined,
    ]);
  }
});

Deno.test("prepareRequest() says nothing of reasoning to a model that shall not and has no switch", () => {
  const text = JSON.stringify({ model: "m", messages: HI });
  for (const format of ["openai_chat", "anthropic_messages"] as const) {
    const { text: sent } = prepare("openai_chat", text, target("m", [format]), (request) => {
      request.reasoning = { effort: "none" };
    });
    assert(!/reasoning|thinking|effort/.test(sent), sent);
  }
});

Deno.test("prepareRequest() refuses a request whose messages are all empty, where bytes do not pass through", () => {
  const text = '{"model":"m","messages":[{"role":"user","content":""}]}';
  for (const format of ["anthropic_messages", "google_generate_content"] as const) {
    const error = assertThrows(
      () => prepare("openai_chat", text, target("m", [format])),
      GatewayError,
      "There is nothing to ask the provider 'up': every message is empty.",
    );
    assertEquals([error.code, error.status], ["invalid_request", 400]);
  }
  assertEquals(prepare("openai_chat", text, target("m", ["openai_chat"])).text, text);
});
