import { assert, assertEquals } from "@std/assert";
import type { Clock } from "../../lib/clock.ts";
import { type RequestFilter, type RequestStore, REST } from "../../lib/stores/request_store.ts";
import { percentile } from "../../lib/stores/duration_histogram.ts";
import type { Exchange } from "../../lib/telemetry/exchange.ts";
import { closingEvent } from "../../lib/telemetry/projections/closing_event.ts";
import { closingLine } from "../../lib/telemetry/projections/log_line.ts";
import { RecordReader } from "../../lib/telemetry/projections/record_reader.ts";
import { RecordWriter } from "../../lib/telemetry/projections/record_writer.ts";
import { ManualClock } from "../manual_clock.ts";
import { principal } from "../principal.ts";
import { answeredAttempt, answeredCall, arrived, end, WALL_START } from "../telemetry/exchanges.ts";

export interface RequestStoreOptions {
  readonly maxAge?: number;
  readonly maxBytes?: number;
  readonly maxRows?: number;
}

const SLOW_MS = 5_000;
const MINUTE = 60_000;

/** A request, `at` milliseconds after the first. */
export interface Shape {
  readonly at?: number;
  readonly id?: string;
  readonly model?: string;
  readonly provider?: string;
  readonly key?: string;
  readonly outcome?: Exclude<Exchange["outcome"], "">;
  readonly status?: number;
  readonly error?: string;
  readonly tokens?: number;
  readonly cost?: number;
  readonly edit?: (exchange: Exchange) => void;
}

export function made(shape: Shape = {}): Exchange {
  const { at = 0, outcome = "success", status = 200 } = shape;
  const exchange = arrived({ startedAt: 1000 + at, wallStart: WALL_START + at });
  exchange.requestId = shape.id ?? crypto.randomUUID();
  exchange.traceId = exchange.requestId.replaceAll("-", "").padEnd(32, "0").slice(0, 32);
  const call = answeredCall(exchange);
  call.provider = shape.provider ?? "openai";
  call.model = shape.model ?? "gpt-4o-mini";
  call.outputTokens = shape.tokens ?? 156;
  exchange.costUsd = shape.cost ?? NaN;
  if (shape.key !== undefined) {
    exchange.principal = principal({ keyId: `key_${shape.key}`, name: shape.key });
  }
  exchange.errorMessage = shape.error ?? "";
  exchange.errorType = shape.error === undefined ? "" : "upstream_error";
  shape.edit?.(exchange);
  return end(exchange, outcome, status);
}

export function batchOf(exchanges: readonly Exchange[]): Uint8Array {
  const writer = new RecordWriter();
  for (const exchange of exchanges) writer.add(exchange, null);
  return writer.take();
}

export function batchesOf(exchanges: readonly Exchange[]): Uint8Array[] {
  return [batchOf(exchanges)];
}

function idsIn(batch: Uint8Array): string[] {
  const reader = new RecordReader(batch);
  const ids: string[] = [];
  for (let record = reader.next(); record !== null; record = reader.next()) {
    ids.push(record.exchange.requestId);
  }
  return ids;
}

/** Registers the tests that every store of requests has to pass. */
export function testRequestStore(
  backend: string,
  create: (
    options: Required<RequestStoreOptions> & { readonly slowMs: number; readonly clock: Clock },
  ) => Promise<RequestStore>,
  { ignore = false } = {},
): void {
  function test(
    name: string,
    run: (store: RequestStore, clock: ManualClock) => Promise<void>,
    options: RequestStoreOptions = {},
  ): void {
    Deno.test({
      name: `${backend} request store: ${name}`,
      ignore,
      async fn() {
        const clock = new ManualClock(WALL_START);
        const store = await create({
          clock,
          maxAge: 1e12,
          maxBytes: 1e9,
          maxRows: 1e6,
          slowMs: SLOW_MS,
          ...options,
        });
        try {
          await run(store, clock);
        } finally {
          await store.close();
        }
      },
    });
  }

  const put = (store: RequestStore, ...shapes: Shape[]) => store.append(batchesOf(shapes.map(made)));
  const idsOf = async (store: RequestStore, filter: RequestFilter) =>
    (await store.list({ filter, limit: 100 })).rows.map(({ request_id }) => request_id);

  test("is empty at first", async (store) => {
    assertEquals(await store.list({ filter: {}, limit: 10 }), { rows: [], next: null, partial: false });
    assertEquals(await store.find(1), null);
    assertEquals(await store.trace("f".repeat(32)), null);
    assertEquals(await store.values("model"), []);
    const { rows, oldest, newest } = await store.state();
    assertEquals([rows, oldest, newest, store.failure()], [0, null, null, null]);
  });

  test("gives all records that ended since a moment, once, in their order", async (store) => {
    assertEquals(await Array.fromAsync(store.records(0)), []);
    const ids = Array.from({ length: 120 }, (_, i) => `request-${i}`);
    for (let from = 0; from < ids.length; from += 40) {
      const some = ids.slice(from, from + 40);
      await put(store, ...some.map((id, i) => ({ id, at: (from + i) * MINUTE })));
    }
    const since = async (time: number) => {
      const batches = await Array.fromAsync(store.records(time));
      return batches.flatMap((batch) => idsIn(batch));
    };
    assertEquals(await since(0), ids);
    const some = await since(WALL_START + 60 * MINUTE);
    assertEquals(some, ids.slice(-some.length));
    assert(some.length >= 60 && some.length <= 80, String(some.length));
    assertEquals(await since(WALL_START + 200 * MINUTE), []);
  });

  test("knows which requests it has, whatever clients call them", async (store) => {
    const shapes = [1, 2, 3].map((i) => ({ id: "chosen-by-a-client-1", at: i * MINUTE, model: `m${i}` }));
    const list = [...shapes.map(made), made({ id: "short", at: 4 * MINUTE })];
    assertEquals(await store.has(batchOf(list)), [false, false, false, false]);
    await store.append(batchesOf(list.filter((_, i) => i !== 1)));
    assertEquals(await store.has(batchOf(list)), [true, false, true, true]);
  });

  test("has read a batch that it keeps, so that it may be written over", async (store) => {
    const batch = batchOf([made({ id: "first" }), made({ id: "second", at: 10 })]);
    await store.append([batch]);
    batch.fill(0xff);
    const { rows } = await store.list({ filter: {}, limit: 10 });
    assertEquals(rows.map(({ request_id }) => request_id), ["second", "first"]);
    const found = await Promise.all(rows.map(({ id }) => store.find(id)));
    assertEquals(found.map((it) => it?.detail.attempts.length), [1, 1]);
  });

  test(
    "remembers sessions that were ended until they would have ended by themselves",
    async (store, clock) => {
      assertEquals(await store.endedSessions(), []);
      const session = { id: "one", until: clock.wall() + 1000 };
      await store.endSession(session);
      await store.endSession(session);
      await store.endSession({ id: "two", until: clock.wall() + 5000 });
      assertEquals((await store.endedSessions()).toSorted((a, b) => a.until - b.until), [
        session,
        { id: "two", until: clock.wall() + 5000 },
      ]);
      clock.advance(1000);
      assertEquals((await store.endedSessions()).map(({ id }) => id), ["two"]);
    },
  );

  test("calls slow what was told last, in rows that are made later", async (store) => {
    const isSlow = async () => (await store.list({ filter: {}, limit: 10 })).rows.map(({ slow }) => slow);
    const filtered = async () => (await store.list({ filter: { slow: true }, limit: 10 })).rows.length;
    await put(store, { id: "first" });
    assertEquals([await isSlow(), await filtered()], [[false], 0]);
    store.tell({ slowMs: 1, profiles: [] });
    await put(store, { id: "second" });
    assertEquals(await filtered(), 1);
    assertEquals(await isSlow(), [true, true]);
  });

  test("gives rows back, the newest first, and the whole story of each", async (store) => {
    const first = made({ id: "first", key: "team-a", cost: 0.25 });
    const second = made({ id: "second", at: 10 });
    const line = closingLine(first, closingEvent(first, SLOW_MS));
    await store.append(batchesOf([first, second]));
    const { rows, next } = await store.list({ filter: {}, limit: 10 });
    assertEquals(rows.map(({ request_id }) => request_id), ["second", "first"]);
    assertEquals(next, null);
    const row = rows[1];
    if (row === undefined) throw new Error("There is no row");
    assertEquals(
      [row.time, row.status, row.outcome, row.model, row.key_id, row.key_name, row.cost_usd, row.ttft_ms],
      [WALL_START, 200, "success", "gpt-4o-mini", "key_team-a", "team-a", 0.25, 43],
    );
    const found = await store.find(row.id);
    assertEquals(found?.row, row);
    assertEquals(found?.detail.log, JSON.parse(line));
    assertEquals(found?.detail.attempts[0]?.first_chunk_ms, 42);
    assertEquals(found?.detail.spans.map(({ kind }) => kind), ["gateway", "provider", "provider"]);
  });

  test("pages through any number of rows by their ids", async (store) => {
    for (let i = 0; i < 10; i++) {
      await put(store, ...Array.from({ length: 30 }, (_, n) => ({ id: `r-${i * 30 + n}`, at: i * 30 + n })));
    }
    const seen: string[] = [];
    let before: number | undefined;
    for (let pages = 0; pages < 20; pages++) {
      const page = await store.list({ filter: {}, limit: 37, before });
      seen.push(...page.rows.map(({ request_id }) => request_id));
      if (page.next === null) break;
      before = page.next;
    }
    assertEquals(seen, Array.from({ length: 300 }, (_, n) => `r-${299 - n}`));
    const newest = (await store.state()).last_id;
    await put(store, { id: "next" }, { id: "last" });
    const later = await store.list({ filter: {}, after: newest, limit: 10 });
    assertEquals(later.rows.map(({ request_id }) => request_id), ["next", "last"]);
  });

  test("filters", async (store) => {
    await put(
      store,
      { id: "plain", model: "small", provider: "one", key: "a" },
      { id: "broken", at: 1, model: "large", outcome: "error", status: 502, error: "Connection Refused" },
      { id: "gone", at: 2, model: "large", key: "b", outcome: "cancelled", status: 499 },
      { id: "blocked", at: 3, outcome: "blocked", status: 403, edit: (it) => it.category = "law" },
      { id: "wrong", at: 4, outcome: "rejected", status: 404, edit: (it) => it.call = null },
      {
        id: "other-way",
        at: 5,
        model: "small",
        edit(it) {
          const first = answeredAttempt(it);
          first.status = "error";
          it.call?.attempts.unshift(Object.assign(first, { provider: "two" }));
          it.stream = true;
          it.cache = "miss";
        },
      },
    );
    await put(store, { id: "request-7", at: 6, model: "small", provider: "three" });
    await put(store, { id: "slow", at: MINUTE, edit: (it) => it.path = "/v1/responses/Resp_7" });
    const table: readonly (readonly [RequestFilter, readonly string[]])[] = [
      [{ model: "large" }, ["gone", "broken"]],
      [{ model: "nobody" }, []],
      [{ provider: "one" }, ["plain"]],
      [{ key: "key_b" }, ["gone"]],
      [{ status: "5xx" }, ["broken"]],
      [{ status: "4xx" }, ["wrong", "blocked", "gone"]],
      [{ status: "404" }, ["wrong"]],
      [{ outcome: "blocked" }, ["blocked"]],
      [{ outcome: "success", model: "small" }, ["request-7", "other-way", "plain"]],
      [{ category: "law" }, ["blocked"]],
      [{ fallback: true }, ["other-way"]],
      [{ stream: true }, ["other-way"]],
      [{ cache: "miss" }, ["other-way"]],
      [{ error_type: "upstream_error" }, ["broken"]],
      [{ text: "connection" }, ["broken"]],
      [{ text: "resp_7" }, ["slow"]],
      [{ text: "blocked" }, []],
      [{ text: "request-7" }, ["request-7"]],
      [{ text: "request-7", model: "large" }, []],
      [{ text: "request-7", from: WALL_START }, ["request-7"]],
      [{ text: "request-7", to: WALL_START + MINUTE }, ["request-7"]],
      [{ text: "request-7", from: WALL_START + MINUTE }, []],
      [{ text: "request-7", to: WALL_START }, []],
      [{ from: WALL_START + MINUTE }, ["slow"]],
      [{ to: WALL_START + 106, model: "large" }, ["broken"]],
      [{ slow: true }, []],
    ];
    for (const [filter, expected] of table) {
      assertEquals(await idsOf(store, filter), expected, JSON.stringify(filter));
    }
  });

  test("knows what was slow", async (store) => {
    const exchange = arrived();
    exchange.requestId = "slow";
    exchange.finish("success", 200, exchange.startedAt + SLOW_MS + 1);
    await store.append(batchesOf([exchange]));
    await put(store, { id: "quick" });
    assertEquals(await idsOf(store, { slow: true }), ["slow"]);
    assertEquals(await idsOf(store, { slow: false }), ["quick"]);
  });

  test("finds a trace with all its requests", async (store) => {
    const trace = (it: Exchange) => void (it.traceId = "a".repeat(32));
    await put(store, { id: "one-of-it", edit: trace }, { id: "another", at: 5 });
    await put(store, { id: "two-of-it", at: 100, edit: trace });
    const found = await store.trace("a".repeat(32));
    assertEquals(found?.requests.map(({ request_id }) => request_id), ["one-of-it", "two-of-it"]);
    assertEquals(found?.spans.filter(({ kind }) => kind === "gateway").map(({ started_ms }) => started_ms), [
      0,
      100,
    ]);
    assertEquals(await idsOf(store, { text: "a".repeat(32) }), ["two-of-it", "one-of-it"]);
  });

  test("counts as rows come", async (store) => {
    await put(
      store,
      { model: "small", tokens: 10, cost: 0.5, key: "a" },
      { model: "small", tokens: 20, cost: 0.25, outcome: "error", status: 502 },
      { model: "large", tokens: 30 },
    );
    await put(store, { model: "small", tokens: 40, at: MINUTE });
    const hour = { from: WALL_START - 10 * MINUTE, to: WALL_START + 10 * MINUTE, filter: {} };
    const [all] = await store.statistics({ ...hour, by: null, step: 0 });
    assertEquals(
      [all?.counts.requests, all?.counts.errors, all?.counts.output_tokens, all?.counts.cost_usd],
      [4, 1, 100, 0.75],
    );
    // All took 104 ms.
    const median = percentile(all?.duration ?? [], 0.5) ?? 0;
    assert(Math.abs(median / 104 - 1) < 0.05, String(median));
    const models = await store.statistics({ ...hour, by: "model", step: 0 });
    assertEquals(
      models.map(({ name, counts }) => [name, counts.requests]).sort(),
      [["large", 1], ["small", 3]],
    );
    const minutes = await store.statistics({ ...hour, by: null, step: MINUTE });
    assertEquals(minutes.map(({ counts }) => counts.requests), [3, 1]);
    const [failed] = await store.statistics({ ...hour, filter: { status: "502" }, by: null, step: 0 });
    assertEquals(failed?.counts.requests, 1);
    const [keyed] = await store.statistics({ ...hour, filter: { key: "key_a" }, by: null, step: 0 });
    assertEquals(keyed?.counts.output_tokens, 10);
    const days = await store.statistics({
      from: WALL_START - 30 * 86_400_000,
      to: WALL_START + 86_400_000,
      filter: {},
      by: "key",
      step: 86_400_000,
    });
    assertEquals(days.map(({ name, counts }) => [name, counts.requests]).sort(), [["", 3], ["key_a", 1]]);
  });

  test("counts each row once by spans of any length, whenever it came", async (store, clock) => {
    const asked = [
      { by: null, filter: {} },
      { by: "model", filter: {} },
      { by: null, filter: { model: "small" } },
      { by: "key", filter: { model: "small", key: "key_a" } },
    ] as const;
    const count = async () => {
      for (const step of [10_000, MINUTE, 15 * MINUTE, 60 * MINUTE, 24 * 60 * MINUTE]) {
        for (const { by, filter } of asked) {
          const range = { from: WALL_START - MINUTE, to: WALL_START + 5 * MINUTE, step };
          const lines = await store.statistics({ ...range, by, filter });
          const expected = came.filter(({ model, key }) =>
            (!("model" in filter) || model === "small") && (!("key" in filter) || key === "a")
          );
          const timed = lines.flatMap(({ duration }) => duration.filter((_, i) => i % 2 === 1));
          assertEquals(
            [
              lines.reduce((sum, { counts }) => sum + counts.requests, 0),
              lines.reduce((sum, { counts }) => sum + counts.output_tokens, 0),
              timed.reduce((sum, count) => sum + count, 0),
            ],
            [expected.length, expected.reduce((sum, it) => sum + (it.tokens ?? 0), 0), expected.length],
            `${step} ${by} ${JSON.stringify(filter)} of ${came.length}`,
          );
        }
      }
    };
    const came: Shape[] = [];
    const come = async (...shapes: Shape[]) => {
      came.push(...shapes);
      await put(store, ...shapes);
      await count();
    };
    await come({ model: "small", key: "a", tokens: 1 }, { model: "large", key: "a", tokens: 2 });
    clock.advance(8_000);
    await come({ model: "small", key: "b", tokens: 4, at: 8_000 });
    clock.advance(30_000);
    // One of a time that is over, one of now.
    await come({ model: "small", key: "a", tokens: 8, at: 2_000 }, {
      model: "small",
      tokens: 16,
      at: 38_000,
    });
    clock.advance(60_000);
    await come({ model: "large", tokens: 32, at: 98_000 }, {
      model: "small",
      key: "a",
      tokens: 64,
      at: 9_000,
    });
    clock.advance(60_000);
    await come({ model: "small", key: "b", tokens: 128, at: 158_000 });
  });

  test("counts figures of more models than there may be as others", async (store) => {
    const models = Array.from({ length: 300 }, (_, i) => ({ model: `model-${i}` }));
    await put(store, ...models);
    await put(store, ...models);
    const query = { from: WALL_START - MINUTE, to: WALL_START + MINUTE, step: 1_000 };
    for (const filter of [{}, { status: "200" }]) {
      const lines = await store.statistics({ ...query, filter, by: "model" });
      assertEquals(lines.length, 257);
      assertEquals(lines.find(({ name }) => name === "(other)")?.counts.requests, 2 * 44);
      const [all] = await store.statistics({ ...query, filter, by: null });
      assertEquals(all?.counts.requests, 600);
    }
  });

  test("counts groups beyond so many as one, whichever have the most requests", async (store, clock) => {
    const of = (model: string, count: number, tokens: number) =>
      Array.from({ length: count }, () => ({ model, tokens }));
    await put(store, ...of("a", 1, 1), ...of("b", 3, 2), ...of("c", 2, 4), ...of("d", 1, 8));
    // Seconds that are over are counted elsewhere than the last.
    clock.advance(60_000);
    await put(store, ...of("d", 3, 16).map((shape) => ({ ...shape, at: 60_000 })));
    const query = {
      from: WALL_START - MINUTE,
      to: WALL_START + 5 * MINUTE,
      filter: {},
      by: "model",
    } as const;
    for (const step of [0, MINUTE]) {
      const lines = await store.statistics({ ...query, step, groups: 2 });
      const sum = (name: string, what: (line: (typeof lines)[number]) => number) =>
        lines.filter((line) => line.name === name).reduce((total, line) => total + what(line), 0);
      const timed = ({ duration }: (typeof lines)[number]) =>
        duration.reduce((total, it, i) => total + (i % 2 === 1 ? it : 0), 0);
      assertEquals(
        ["d", "b", REST].map((name) => [
          sum(name, ({ counts }) => counts.requests),
          sum(name, ({ counts }) => counts.output_tokens),
          sum(name, timed),
        ]),
        [[4, 56, 4], [3, 6, 3], [3, 9, 3]],
        String(step),
      );
      assertEquals(new Set(lines.map(({ name }) => name)), new Set(["d", "b", REST]));
    }
    const all = await store.statistics({ ...query, step: 0, groups: 4 });
    assertEquals(all.map(({ name }) => name).sort(), ["a", "b", "c", "d"]);
  });

  test("names what rows may be asked for by", async (store) => {
    await put(store, { model: "b", key: "k" }, { model: "a" }, { model: "b" });
    assertEquals((await store.values("model")).map(({ value }) => value), ["a", "b"]);
    assertEquals(await store.values("key"), [{ value: "key_k", label: "k" }]);
  });

  test("keeps no more rows than it may, and counts them all the same", async (store) => {
    for (let i = 0; i < 20; i++) await put(store, ...Array.from({ length: 10 }, () => ({ at: i })));
    const { rows } = await store.state();
    assert(rows >= 50 && rows <= 60, String(rows));
    const [all] = await store.statistics({
      from: WALL_START - MINUTE,
      to: WALL_START + MINUTE,
      filter: {},
      by: null,
      step: 0,
    });
    assertEquals(all?.counts.requests, 200);
  }, { maxRows: 50 });

  test("forgets what is too old", async (store, clock) => {
    await put(store, { id: "old" });
    const later = 2 * 86_400_000;
    clock.advance(later);
    await put(store, { id: "new", at: later });
    await put(store, { id: "newer", at: later });
    assertEquals(await idsOf(store, {}), ["newer", "new"]);
  }, { maxAge: 86_400_000 });
}
