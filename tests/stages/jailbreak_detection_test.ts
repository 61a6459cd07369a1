import { assert, assertEquals, assertThrows } from "@std/assert";
import { Deadlines } from "../../lib/deadlines.ts";
import { GatewayError } from "../../lib/errors.ts";
import type { Detector } from "../../lib/stages/jailbreak/detector.ts";
import { lookedAt, type Said, type Speaker, SPEAKERS } from "../../lib/stages/jailbreak/looked_at.ts";
import {
  type JailbreakAction,
  jailbreakDetection,
  type JailbreakDetectionOptions,
} from "../../lib/stages/jailbreak_detection.ts";
import { ModelRequest } from "../../lib/stages/model_request.ts";
import { Exchange } from "../../lib/telemetry/exchange.ts";
import type { JsonObject } from "../../lib/wire/canonical.ts";
import type { ClientCodec } from "../../lib/wire/codec.ts";
import { CODECS } from "../../lib/wire/codecs.ts";
import { openaiCompletions } from "../../lib/wire/openai_completions.ts";
import { openaiChat } from "../../lib/wire/openai_chat.ts";
import { ManualClock } from "../manual_clock.ts";
import { principal } from "../principal.ts";

function requestOf(body: JsonObject, codec: ClientCodec = openaiChat): ModelRequest {
  return new ModelRequest(codec, new TextEncoder().encode(JSON.stringify(body)));
}

/** Finds the word "attack", and who says it. */
const ATTACK: Detector = {
  type: "word",
  detect(_exchange, _run, texts) {
    const said = texts.find(({ text }) => text.includes("attack"));
    return said === undefined ? null : { score: 0.9, type: "override", by: said.by };
  },
};

function stage(options: Partial<JailbreakDetectionOptions> = {}) {
  const clock = new ManualClock();
  const exchange = new Exchange(0, 0, { finished() {} });
  return {
    exchange,
    clock,
    stage: jailbreakDetection({
      clock,
      deadlines: new Deadlines(clock, 1),
      deadline: 100,
      onFailure: "closed",
      chain: [{ detector: ATTACK, threshold: 0.7, askedFrom: 0 }],
      speakers: new Set<Speaker>(["user", "tool"]),
      action: "block",
      actions: new Map<Speaker, JailbreakAction>(),
      routeTo: null,
      exempt: new Set<string>(),
      ...options,
    }),
  };
}

function chat(text: string, toolResult = "ok"): ModelRequest {
  const call = { id: "c1", type: "function", function: { name: "f", arguments: "{}" } };
  return requestOf({
    model: "m",
    messages: [
      { role: "user", content: text },
      { role: "assistant", content: null, tool_calls: [call] },
      { role: "tool", tool_call_id: "c1", content: toolResult },
    ],
  });
}

Deno.test("an attack is blocked, and told", () => {
  const { stage: it, exchange } = stage();
  const error = assertThrows(() => it.run(exchange, chat("attack")), GatewayError, "what the user says");
  assertEquals([error.code, exchange.securityAction], ["content_blocked", "blocked"]);
  assertEquals(exchange.stageRuns[0]?.facts, {
    detected: true,
    action: "blocked",
    type: "override",
    detector: "word",
    score: 0.9,
    by: "user",
  });
});

Deno.test("what is none goes on, and the span says that it was looked at", () => {
  const { stage: it, exchange } = stage();
  assertEquals(it.run(exchange, chat("hello")), null);
  assertEquals([exchange.stageRuns[0]?.facts, exchange.securityAction], [{
    detected: false,
    action: "allowed",
    type: "",
    detector: "",
    score: NaN,
    by: "",
  }, ""]);
});

Deno.test("an attack that is annotated goes on, with a header", () => {
  const { stage: it, exchange } = stage({ actions: new Map([["tool", "annotate"]]) });
  const request = chat("hello", "attack");
  assertEquals(it.run(exchange, request), null);
  assertEquals(exchange.answerHeaders, [
    "x-gateway-jailbreak",
    "override; score=0.90; by=tool; detector=word",
  ]);
  assertEquals([request.model, exchange.securityAction], ["m", "annotated"]);
});

Deno.test("an attack that is routed goes to the other model", () => {
  const { stage: it, exchange } = stage({ action: "route", routeTo: "safe" });
  const request = chat("attack");
  assertEquals(it.run(exchange, request), null);
  assertEquals([request.model, exchange.securityAction], ["safe", "routed"]);
});

Deno.test("what is not sure enough is told in the span and nowhere else", () => {
  const { stage: it, exchange } = stage({ chain: [{ detector: ATTACK, threshold: 0.95, askedFrom: 0 }] });
  assertEquals(it.run(exchange, chat("attack")), null);
  const facts = exchange.stageRuns[0]?.facts as unknown as Record<string, unknown>;
  assertEquals([facts["detected"], facts["action"], facts["score"]], [false, "allowed", 0.9]);
  assertEquals([exchange.answerHeaders, exchange.securityAction], [null, ""]);
});

Deno.test("a detector that answers after its deadline changes nothing any more", async () => {
  const late = Promise.withResolvers<ReturnType<Detector["detect"]>>();
  const slow: Detector = { type: "slow", detect: () => late.promise as Promise<null> };
  const { stage: it, exchange, clock } = stage({
    chain: [{ detector: slow, threshold: 0.5, askedFrom: 0 }],
    onFailure: "open",
    action: "route",
    routeTo: "safe",
  });
  const request = chat("attack");
  const going = it.run(exchange, request);
  clock.advance(200);
  assertEquals(await going, null);
  late.resolve({ score: 1, type: "x", by: "user" });
  await late.promise;
  await Promise.resolve();
  assertEquals([request.model, exchange.answerHeaders], ["m", null]);
  assertEquals(exchange.stageRuns[0]?.errorType, "stage_timeout");
});

Deno.test("what comes with an exempt key is not looked at", () => {
  const { stage: it, exchange } = stage({ exempt: new Set(["tools"]) });
  exchange.principal = principal({ keyTail: "abcd", name: "tools" });
  assertEquals(it.run(exchange, chat("attack")), null);
  assertEquals(exchange.stageRuns, []);
  // Whoever makes virtual keys names them as he likes.
  for (const more of [{ name: "others" }, { name: "tools", keyId: "key_a1" }]) {
    exchange.principal = principal(more);
    assertThrows(() => it.run(exchange, chat("attack")), GatewayError, "blocked");
  }
});

Deno.test("a request that means nothing is the client's fault", () => {
  const { stage: it, exchange } = stage();
  const request = requestOf({ model: "m", messages: "x" });
  const error = assertThrows(() => it.run(exchange, request), GatewayError);
  assertEquals([error.code, exchange.stageRuns.length], ["invalid_request", 0]);
});

Deno.test("completions of plain text are looked at, also those that no chat can answer", () => {
  for (
    const fields of [{ prompt: "attack" }, { prompt: ["hi", "attack"] }, { prompt: "hi", suffix: "attack" }]
  ) {
    const { stage: it, exchange } = stage();
    const request = requestOf({ model: "m", ...fields }, openaiCompletions);
    assertThrows(() => it.run(exchange, request), GatewayError, "blocked");
  }
  const { stage: it, exchange } = stage();
  assertEquals(
    it.run(exchange, requestOf({ model: "m", prompt: [17, 4], suffix: "x" }, openaiCompletions)),
    null,
  );
});

Deno.test("texts are looked at by who says them, in every API", () => {
  const anthropic = {
    model: "m",
    max_tokens: 9,
    system: "be kind",
    tools: [{ name: "f", description: "adds", input_schema: { type: "object" } }],
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "read this" },
          { type: "document", source: { type: "text", media_type: "text/plain", data: "a document" } },
          {
            type: "search_result",
            source: "http://x.example",
            title: "t",
            content: [{ type: "text", text: "found" }],
          },
        ],
      },
      { role: "assistant", content: [{ type: "tool_use", id: "c1", name: "f", input: {} }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "c1", content: "a result" }] },
    ],
  };
  const cases: [codec: ClientCodec, body: JsonObject, said: [Speaker, string][]][] = [
    [CODECS.anthropic_messages, anthropic, [
      ["system", "be kind"],
      ["user", "read this"],
      ["document", "a document"],
      ["document", "http://x.example"],
      ["document", "t"],
      ["document", "found"],
      ["tool", "a result"],
      ["tool_description", "adds"],
    ]],
    [
      CODECS.cohere_chat,
      {
        model: "m",
        messages: [{ role: "user", content: "hi" }],
        documents: [{ data: { text: "of Cohere's" } }, "plain"],
      },
      [["user", "hi"], ["document", "of Cohere's"], ["document", "plain"]],
    ],
    [CODECS.openai_responses, {
      model: "m",
      instructions: "be kind",
      input: [
        { role: "user", content: "hi" },
        { type: "function_call", call_id: "c", name: "f", arguments: "{}" },
        { type: "function_call_output", call_id: "c", output: "a result" },
      ],
    }, [["system", "be kind"], ["user", "hi"], ["tool", "a result"]]],
    [openaiChat, {
      model: "m",
      messages: [{ role: "developer", content: "d" }, { role: "assistant", content: "a" }],
    }, [["system", "d"], ["assistant", "a"]]],
  ];
  for (const [codec, body, said] of cases) {
    const all = lookedAt(requestOf(body, codec).canonical, new Set(SPEAKERS));
    assertEquals(all.map(({ by, text }: Said) => [by, text]), said, codec.format);
    const none = lookedAt(requestOf(body, codec).canonical, new Set<Speaker>());
    assertEquals(none, []);
  }
  assert(SPEAKERS.length === 6);
});
