import { assert, assertEquals, assertThrows } from "@std/assert";
import { GatewayError } from "../../lib/errors.ts";
import { ModelRequest } from "../../lib/stages/model_request.ts";
import type { ModelEntry, ModelTable, Target } from "../../lib/stages/model_table.ts";
import { routingDecision, unknownModel } from "../../lib/stages/routing_decision.ts";
import { runStages, type Stage } from "../../lib/stages/stage.ts";
import { Exchange } from "../../lib/telemetry/exchange.ts";
import { openaiChat } from "../../lib/wire/openai_chat.ts";
import { ManualClock } from "../manual_clock.ts";

const TARGET = { model: "up" } as Target;

function entry(name: string, targets: Target[], missing: string[] = []): [string, ModelEntry] {
  return [name, { name, targets, missing, created: 0 }];
}

const MODELS: ModelTable = new Map([
  entry("gpt-4o", [TARGET]),
  entry("claude", [], ["ANTHROPIC_API_KEY"]),
  entry("either", [], ["A_KEY", "B_KEY"]),
]);

function decide(model: string): ModelRequest {
  const request = new ModelRequest(openaiChat, new TextEncoder().encode(JSON.stringify({ model })));
  const answer = routingDecision(MODELS).run(new Exchange(0, 0, { finished: () => {} }), request);
  assertEquals(answer, null);
  return request;
}

Deno.test("routingDecision() gives a request the targets of its model", () => {
  assert(decide("gpt-4o").targets[0] === TARGET);
});

Deno.test("routingDecision() names the variable that a model waits for", () => {
  const error = assertThrows(() => decide("claude"), GatewayError);
  assertEquals([error.code, error.status, error.param], ["provider_not_configured", 503, "model"]);
  assert(error.message.includes("set ANTHROPIC_API_KEY"), error.message);
  assert(assertThrows(() => decide("either"), GatewayError).message.includes("set A_KEY or B_KEY"));
});

Deno.test("routingDecision() names the nearest model for one that it does not know", () => {
  const error = assertThrows(() => decide("gpt-40"), GatewayError);
  assertEquals([error.code, error.status], ["model_not_found", 404]);
  assertEquals(error.message, "The model 'gpt-40' does not exist. Did you mean 'gpt-4o'?");
  for (const name of ["__proto__", "constructor", "x".repeat(300)]) {
    assertEquals(assertThrows(() => decide(name), GatewayError).status, 404);
  }
});

Deno.test("unknownModel() shows no more than the beginning of a long name, and no guess that is none", () => {
  const { message } = unknownModel("x".repeat(1000), ["gpt-4o"]);
  assertEquals(
    message,
    `The model '${"x".repeat(100)}…' does not exist. GET /v1/models lists those that do.`,
  );
});

Deno.test("runStages() runs stages in order until one answers, and books their time", async () => {
  const clock = new ManualClock();
  const exchange = new Exchange(0, 0, { finished: () => {} });
  const request = new ModelRequest(openaiChat, new TextEncoder().encode('{"model":"m"}'));
  const ran: string[] = [];
  const stage = (name: string, phase: Stage["phase"], run: Stage["run"]): Stage => ({
    name,
    phase,
    run: (...args) => {
      ran.push(name);
      clock.advance(5);
      return run(...args);
    },
  });
  const answer = { kind: "whole", body: new Uint8Array(), headers: null } as const;
  const stages = [
    stage("first", "route", () => null),
    stage("second", "select", () => Promise.resolve(null)),
    stage("third", null, () => answer),
    stage("fourth", "cache", () => answer),
  ];
  assert(await runStages(stages, exchange, request, clock) === answer);
  assertEquals(ran, ["first", "second", "third"]);
  assertEquals([exchange.phases.route, exchange.phases.select, exchange.phases.cache], [5, 5, NaN]);
});
