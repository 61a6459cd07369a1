/** A second target is asked where the first takes long: the first content wins, and the other one ends. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { GatewayError } from "../../lib/errors.ts";
import { Backend } from "../../lib/stages/backends/backend.ts";
import type { Target } from "../../lib/stages/model_table.ts";
import { FixedHedge } from "../../lib/stages/upstream/hedge.ts";
import { RetryBudget } from "../../lib/stages/upstream/retry_policy.ts";
import { overheadMs } from "../../lib/telemetry/projections/durations.ts";
import { ManualClock } from "../manual_clock.ts";
import { type BenchOptions, gate, StageBench, turn } from "./stage_bench.ts";
import { ScriptedProvider, type Step } from "./scripted_provider.ts";
import { errorAnswer, goodAnswer, goodStream, REQUESTS, STREAMS } from "./scripts.ts";

const { prelude, content, finish, terminal } = STREAMS.openai_chat;
const OPENED: Step[] = [{ response: 200, headers: { "content-type": "text/event-stream" } }];

function provider(name: string, ...scripts: Step[][]): ScriptedProvider {
  return new ScriptedProvider(name, ["openai_chat"], scripts);
}

function hedged(options: BenchOptions, max = 1): StageBench {
  const bench = new StageBench(options);
  bench.request.hedge = new FixedHedge(100, max);
  return bench;
}

/** Waits first. */
function slow(script: readonly Step[]): { readonly script: Step[]; go(): void } {
  const { opened, open } = gate();
  return { script: [{ wait: opened }, ...script], go: open };
}

for (const stream of [true, false]) {
  const kind = stream ? "stream" : "whole answer";
  const good = stream ? goodStream("openai_chat") : goodAnswer("openai_chat");
  const body = stream ? {} : { body: REQUESTS.openai_chat };

  Deno.test(`hedging, ${kind}: the second is asked after a while, wins, and the first is aborted`, async () => {
    const never = slow([]);
    const [first, second] = [provider("first", never.script), provider("second", good)];
    const bench = hedged({ providers: [first, second], ...body });
    const answer = bench.run();
    await bench.pass(99);
    assertEquals(second.requests.length, 0, "not before it is time");
    await bench.pass(1);
    const { headers } = await answer;
    assert(headers !== null);
    await turn();
    assertEquals([first.aborted, second.aborted], [[0], []]);
    const { call, innerCalls } = bench.exchange;
    assertEquals([call?.provider, call?.model, call?.attempts.length], ["second", "second-model", 1]);
    const [lost] = innerCalls;
    assertEquals(innerCalls.length, 1);
    assertEquals([lost?.provider, lost?.status, lost?.usageEstimated, lost?.outputTokens], [
      "first",
      "cancelled",
      true,
      0,
    ]);
    assert(Number(lost?.inputTokens) > 0, "the prompt is charged");
    assertEquals([call?.attempts[0]?.hedge, lost?.attempts[0]?.hedge], [true, false]);
  });

  Deno.test(`hedging, ${kind}: the first wins all the same, and the second is aborted`, async () => {
    const late = slow(good);
    const [first, second] = [provider("first", late.script), provider("second", slow([]).script)];
    const bench = hedged({ providers: [first, second], ...body });
    const answer = bench.run();
    await bench.pass(100);
    assertEquals(second.requests.length, 1);
    late.go();
    await answer;
    await turn();
    assertEquals([first.aborted, second.aborted], [[], [0]]);
    const { call, innerCalls } = bench.exchange;
    assertEquals([call?.provider, call?.attempts.length, innerCalls[0]?.provider], ["first", 1, "second"]);
    assertEquals(innerCalls[0]?.attempts[0]?.hedge, true);
  });

  Deno.test(`hedging, ${kind}: a quick answer is asked of one alone`, async () => {
    const [first, second] = [provider("first", good), provider("second", good)];
    const bench = hedged({ providers: [first, second], ...body });
    await bench.run();
    await bench.pass(1000);
    assertEquals([second.requests.length, bench.deadlines.size <= 1], [0, true]);
  });

  Deno.test(`hedging, ${kind}: one that fails leaves it to the other; both failing is a failure`, async () => {
    const fails = slow(errorAnswer(503));
    const [first, second] = [provider("first", fails.script), provider("second", slow(good).script)];
    const rival = slow(good);
    const bench = hedged({ providers: [first, provider("second", rival.script)], ...body });
    const answer = bench.run();
    await bench.pass(100);
    fails.go();
    await turn();
    rival.go();
    await answer;
    const { call, innerCalls } = bench.exchange;
    assertEquals(call?.attempts.map(({ provider, status }) => [provider, status]).slice(0, 1), [
      ["first", "error"],
    ]);
    assertEquals([call?.provider, innerCalls.length], ["second", 0]);
    assertEquals(second.requests.length, 0);

    const both = [slow(errorAnswer(503)), slow(errorAnswer(502))] as const;
    const lost = hedged({
      providers: [provider("a", both[0].script), provider("b", both[1].script)],
      retry: { attempts: 1 },
      ...body,
    });
    const failed = lost.run();
    await lost.pass(100);
    for (const each of both) each.go();
    await assertRejects(() => failed, GatewayError);
    assertEquals(lost.exchange.call?.status, "error");
  });
}

Deno.test("hedging: a second that fails costs the first nothing", async () => {
  const late = slow(goodAnswer("openai_chat"));
  const second = provider("second", errorAnswer(400));
  const refused = slow(errorAnswer(500));
  const bench = hedged({
    providers: [provider("first", late.script), provider("second", refused.script)],
    body: REQUESTS.openai_chat,
  });
  const answer = bench.run();
  await bench.pass(100);
  refused.go();
  await turn();
  late.go();
  await answer;
  const { call, innerCalls } = bench.exchange;
  assertEquals([call?.provider, call?.attempts.length, innerCalls[0]?.status], ["first", 1, "error"]);
  assertEquals(innerCalls[0]?.inputTokens, NaN, "what failed is not charged");
  assertEquals(second.requests.length, 0);
});

Deno.test("hedging: nobody else is asked once content went out, nor once the budget is spent", async () => {
  const pause = gate();
  const first = provider("first", [
    ...OPENED,
    { data: prelude + content("Hello") },
    { wait: pause.opened },
    { data: finish + terminal },
    { end: true },
  ]);
  const second = provider("second", goodStream("openai_chat"));
  const bench = hedged({ providers: [first, second] });
  const text = bench.text();
  await bench.pass(500);
  pause.open();
  assertStringIncludes(await text, "Hello");
  assertEquals(second.requests.length, 0);

  const budget = new RetryBudget(0, new ManualClock());
  for (let i = 0; i < 3; i++) budget.retry();
  const spent = hedged({ providers: [provider("first", slow([]).script), second], budget });
  spent.run();
  await spent.pass(500);
  assertEquals(second.requests.length, 0);
});

Deno.test("hedging: content in the same turn goes out once", async () => {
  const together = gate();
  const script = (text: string): Step[] => [
    { wait: together.opened },
    ...OPENED,
    { data: prelude + content(text) + finish + terminal },
    { end: true },
  ];
  const bench = hedged({ providers: [provider("first", script("A")), provider("second", script("B"))] });
  const text = bench.text();
  await bench.pass(100);
  together.open();
  const said = await text;
  assertEquals(Number(said.includes('"A"')) + Number(said.includes('"B"')), 1, said);
  assertEquals(bench.finished.length, 1);
  assertEquals([bench.exchange.outcome, bench.exchange.innerCalls.length], ["success", 1]);
});

Deno.test("hedging: a client that leaves ends both, and the record has both", async () => {
  const [first, second] = [provider("first", slow([]).script), provider("second", slow([]).script)];
  const bench = hedged({ providers: [first, second] });
  const answer = bench.run();
  await bench.pass(100);
  bench.client.leave();
  await assertRejects(() => answer, GatewayError);
  assertEquals([first.aborted, second.aborted], [[0], [0]]);
  const { call, innerCalls } = bench.exchange;
  assertEquals([call?.status, call?.attempts.length, innerCalls.length], ["cancelled", 1, 1]);
});

Deno.test("hedging: what is under way is given back, and being overtaken is no failure", async () => {
  const clock = new ManualClock();
  const backend = (name: string) =>
    new Backend(name, "m", "h:1", {
      clock,
      random: () => 0.5,
      breaker: { failures: 1, baseDelay: 1000, maxDelay: 1000 },
      maxRest: 0,
      changed: () => {},
    });
  const bench = hedged({
    providers: [provider("first", slow([]).script), provider("second", goodAnswer("openai_chat"))],
    body: REQUESTS.openai_chat,
  });
  const targets = bench.request.targets.map((target): Target => ({ ...target, backend: backend("b") }));
  bench.request.targets = targets;
  const answer = bench.run();
  await bench.pass(100);
  await answer;
  await turn();
  for (const target of targets) assertEquals([target.backend?.inFlight, target.backend?.health], [0, 1]);
});

Deno.test("hedging: time beside another attempt is no time of the gateway's, and counted once", async () => {
  const bench = hedged({
    providers: [provider("first", slow([]).script), provider("second", goodAnswer("openai_chat"))],
    body: REQUESTS.openai_chat,
  });
  const answer = bench.run();
  await bench.pass(100);
  await answer;
  bench.exchange.finish("success", 200, bench.clock.now() + 5);
  assertEquals(overheadMs(bench.exchange), 5);
});

Deno.test("a target that cannot be told the request is under way no longer", async () => {
  const bench = new StageBench({ providers: [provider("only", goodAnswer("openai_chat"))] });
  const clock = new ManualClock();
  const backend = new Backend("only", "m", "h:1", {
    clock,
    random: () => 0.5,
    breaker: { failures: 1, baseDelay: 1000, maxDelay: 1000 },
    maxRest: 0,
    changed: () => {},
  });
  bench.request.targets = bench.request.targets.map((target) => ({
    ...target,
    backend,
    get timeouts(): Target["timeouts"] {
      throw new GatewayError("unsupported_parameter", "No.");
    },
  }));
  await assertRejects(() => bench.run(), GatewayError, "No.");
  assertEquals(backend.inFlight, 0);
});
