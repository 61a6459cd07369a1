import { assertEquals } from "@std/assert";
import type { Clock } from "../../lib/clock.ts";
import type { Exchange } from "../../lib/telemetry/exchange.ts";
import { requestTexts } from "../../lib/telemetry/projections/request_texts.ts";
import {
  type OpenRequest,
  Recorder,
  type RecorderOptions,
  type RecorderSettings,
} from "../../lib/telemetry/recorder.ts";
import { ManualClock } from "../manual_clock.ts";
import { answeredCall, describeArrival } from "./exchanges.ts";

function setUp({ slowMs = 0, content, ...options }: Partial<RecorderOptions & RecorderSettings> = {}) {
  const clock = new ManualClock();
  const counted: Exchange[] = [];
  const projected: Exchange[] = [];
  const slow: OpenRequest[] = [];
  const failures: unknown[] = [];
  const recorder = new Recorder({
    clock,
    counters: [{ project: (exchange) => counted.push(exchange) }],
    projections: [{ project: (exchange) => projected.push(exchange) }],
    onSlow: (request) => slow.push(request),
    onFailure: (error) => failures.push(error),
    ...options,
  });
  recorder.configure({ slowMs, content });
  const open = () => describeArrival(recorder.open());
  const finish = (exchange: Exchange) => exchange.finish("success", 200, clock.now());
  return { clock, recorder, counted, projected, slow, failures, open, finish };
}

Deno.test("Recorder counts an Exchange when it ends and projects it later", () => {
  const { clock, recorder, counted, projected, open, finish } = setUp();
  const exchange = open();
  assertEquals(recorder.inFlight, 1);
  finish(exchange);
  assertEquals([recorder.inFlight, counted.length, projected.length], [0, 1, 0]);
  clock.advance(10);
  assertEquals([projected, recorder.projected, recorder.queued], [[exchange], 1, 0]);
});

Deno.test("Recorder has the ids of what is projected together as bytes", () => {
  const found: number[] = [];
  const { recorder, open, finish } = setUp({
    projections: [{ project: (exchange) => found.push(requestTexts.find(exchange)) }],
  });
  Array.from({ length: 10 }, open).forEach(finish);
  recorder.drainAll();
  assertEquals([found.length, found.filter((it) => it < 0)], [10, []]);
});

Deno.test("Recorder takes the first end of an Exchange alone", () => {
  const { clock, counted, projected, open } = setUp();
  const exchange = open();
  assertEquals(exchange.finish("cancelled", 499, 1), true);
  assertEquals(exchange.finish("success", 200, 2), false);
  clock.advance(10);
  assertEquals([counted.length, projected.length, exchange.status], [1, 1, 499]);
});

Deno.test("Recorder projects in a turn all that it has time for, in order", () => {
  const { clock, recorder, projected, open, finish } = setUp();
  const all = Array.from({ length: 150 }, open);
  all.forEach(finish);
  clock.advance(10);
  assertEquals([projected, recorder.queued], [all, 0]);
});

Deno.test("Recorder ends a turn after a millisecond, and has the next one sooner", () => {
  const time = new ManualClock();
  let spent = 0;
  const clock: Clock = {
    now: () => time.now() + spent,
    wall: () => time.wall(),
    every: (ms, callback) => time.every(ms, callback),
  };
  const slowly = { project: () => void (spent += 0.2) };
  const recorder = new Recorder({
    clock,
    counters: [],
    projections: [slowly],
    onSlow: () => {},
    onFailure: () => {},
  });
  for (let i = 0; i < 20; i++) recorder.open().finish("success", 200, 0);
  time.advance(10);
  // It looks at the clock after every eighth.
  assertEquals(recorder.projected, 8);
  time.advance(2);
  assertEquals(recorder.projected, 16);
  time.advance(2);
  assertEquals(recorder.projected, 20);
  recorder.open().finish("success", 200, 0);
  // There is time again.
  time.advance(9);
  assertEquals(recorder.projected, 20);
  time.advance(1);
  assertEquals(recorder.projected, 21);
});

Deno.test("Recorder has turns each 10 ms, and each 2 ms while many records come", () => {
  const { clock, recorder, open, finish } = setUp();
  const finishSome = (count: number) => {
    for (let i = 0; i < count; i++) finish(open());
  };
  const turnAfter = (ms: number) => {
    clock.advance(ms - 1);
    assertEquals(recorder.queued > 0, true);
    clock.advance(1);
    assertEquals(recorder.queued, 0);
  };
  finishSome(80);
  turnAfter(10);
  finishSome(81);
  turnAfter(10);
  finishSome(12);
  turnAfter(2);
  finishSome(11);
  turnAfter(2);
  finishSome(80);
  turnAfter(10);
});

Deno.test("Recorder has one timer, and none once nothing came for a while", () => {
  const { clock, open, finish, projected } = setUp();
  let timers = 0;
  const every = clock.every.bind(clock);
  clock.every = (ms, callback) => {
    timers++;
    const stop = every(ms, callback);
    return () => {
      timers--;
      stop();
    };
  };
  finish(open());
  finish(open());
  assertEquals(timers, 1);
  clock.advance(10);
  assertEquals([timers, projected.length], [1, 2]);
  clock.advance(200);
  assertEquals(timers, 0);
  finish(open());
  clock.advance(10);
  assertEquals([timers, projected.length], [1, 3]);
});

Deno.test("Recorder loses nothing when requests end faster than turns come", () => {
  const { recorder, counted, projected, open, finish } = setUp({ maxQueued: 100 });
  for (let i = 0; i < 10_000; i++) finish(open());
  assertEquals(counted.length, 10_000);
  assertEquals(recorder.queued <= 100, true);
  recorder.drainAll();
  assertEquals([projected.length, recorder.opened, recorder.projected], [10_000, 10_000, 10_000]);
  assertEquals(new Set(projected).size, 10_000);
});

Deno.test("Recorder lets no projection's fault into a request or another projection", () => {
  const done: Exchange[] = [];
  const faulty = {
    project() {
      throw new Error("a bug");
    },
  };
  const { recorder, open, finish, failures } = setUp({
    counters: [faulty],
    projections: [faulty, { project: (exchange) => done.push(exchange) }],
  });
  finish(open());
  finish(open());
  recorder.drainAll();
  assertEquals([done.length, recorder.failures, failures.length], [2, 4, 1]);
});

Deno.test("Recorder reports a request that stays open once", () => {
  const { clock, slow, open, recorder } = setUp({ slowMs: 5_000 });
  open();
  clock.advance(4_000);
  open();
  clock.advance(1_500);
  assertEquals(slow.map(({ ageMs, stage }) => [ageMs, stage]), [[5_500, "received"]]);
  clock.advance(60_000);
  assertEquals(slow.length, 2);
  recorder.close();
});

Deno.test("Recorder reports no run in the background as slow", () => {
  const { clock, slow, open, recorder } = setUp({ slowMs: 5_000 });
  open().runId = "resp_1";
  clock.advance(60_000);
  assertEquals(slow, []);
  recorder.close();
});

const STAGES: readonly [stage: OpenRequest["stage"], mark: (exchange: Exchange) => void][] = [
  ["received", () => {}],
  ["queued", (exchange) => {
    const call = answeredCall(exchange);
    call.firstChunkAt = call.endedAt = NaN;
    for (const attempt of call.attempts) attempt.startedAt = NaN;
  }],
  ["waiting", (exchange) => {
    const call = answeredCall(exchange);
    call.firstChunkAt = call.endedAt = NaN;
  }],
  ["answering", (exchange) => answeredCall(exchange)],
  ["streaming", (exchange) => {
    answeredCall(exchange, "generate_stream");
    exchange.firstByteAt = 43;
    exchange.deferred = true;
  }],
];

for (const [stage, mark] of STAGES) {
  Deno.test(`Recorder shows an open request as ${stage}`, () => {
    const { recorder, open, clock } = setUp();
    mark(open());
    clock.advance(50);
    const [request] = recorder.openRequests(10);
    assertEquals([request?.stage, request?.ageMs, request?.path], [stage, 50, "/v1/responses"]);
    assertEquals(recorder.openStreams, stage === "streaming" ? 1 : 0);
  });
}

Deno.test("Recorder shows no more open requests than asked for, the oldest first", () => {
  const { recorder, open, clock } = setUp();
  for (let i = 0; i < 20; i++) {
    open();
    clock.advance(1);
  }
  assertEquals(recorder.openRequests(2).map(({ ageMs }) => ageMs), [20, 19]);
});

Deno.test("Recorder projects at once what ends after close()", () => {
  const { recorder, projected, open, finish } = setUp({ slowMs: 1_000 });
  const [before, after] = [open(), open()];
  finish(before);
  recorder.close();
  assertEquals(projected, [before]);
  finish(after);
  assertEquals(projected, [before, after]);
});
