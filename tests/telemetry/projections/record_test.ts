import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { Exchange } from "../../../lib/telemetry/exchange.ts";
import { Attempt, ModelCall, StageRun } from "../../../lib/telemetry/exchange.ts";
import { closingEvent } from "../../../lib/telemetry/projections/closing_event.ts";
import { closingLine } from "../../../lib/telemetry/projections/log_line.ts";
import { HandedRecords, handedRecords, storedOf } from "../../../lib/telemetry/projections/handed_records.ts";
import type { Said } from "../../../lib/telemetry/projections/record_fields.ts";
import { RecordReader } from "../../../lib/telemetry/projections/record_reader.ts";
import { newBatch, RecordWriter } from "../../../lib/telemetry/projections/record_writer.ts";
import { answeredCall, arrived, end } from "../exchanges.ts";
import { OLD_BATCH } from "../old_batch.ts";
import { exchanges } from "../random_exchanges.ts";
import { principal } from "../../principal.ts";
import { spansOf } from "../spans.ts";

/** What a record need not hold: who listens, and what handlers alone needed. */
const LEFT_OUT = [
  "sink",
  "query",
  "content",
  "detailed",
  "unsampledParent",
  "baggage",
  "traceRandom",
  "ownTraceparent",
  "calleesTraceparent",
  "keyHeader",
];

function fields(exchange: Exchange): Record<string, unknown> {
  const entries = Object.entries(exchange).filter(([name]) => !LEFT_OUT.includes(name));
  return structuredClone(Object.fromEntries(entries.filter(([, value]) => typeof value !== "function")));
}

function batchOf(list: readonly Exchange[], said: Said | null = null): Uint8Array {
  const writer = new RecordWriter();
  for (const exchange of list) writer.add(exchange, said);
  return writer.take();
}

function handed(batch: Uint8Array): Exchange[] {
  return handedRecords(batch).map(({ exchange }) => exchange);
}

function stored(batch: Uint8Array): Exchange[] {
  const reader = new RecordReader(batch);
  return Array.from({ length: reader.count }, (_, place) => {
    const record = reader.next();
    if (record === null) throw new Error(`There is none at ${place}`);
    return record.exchange;
  });
}

Deno.test("a record gives back all that log line and spans are made of", () => {
  fc.assert(
    fc.property(fc.array(exchanges, { maxLength: 5 }), (list) => {
      const batch = batchOf(list);
      assertEquals(handed(batch).map(fields), list.map(fields));
      const read = stored(storedOf(batch));
      assertEquals(read.map(fields), list.map(fields));
      list.forEach((exchange, index) => {
        const again = read[index] as Exchange;
        const closing = closingEvent(exchange, 50);
        assertEquals(closingLine(again, closing), closingLine(exchange, closing));
        assertEquals(spansOf(again), spansOf(exchange));
      });
    }),
    { numRuns: 200 },
  );
});

Deno.test("a record can be read at its place", () => {
  const list = [1, 2, 3].map((number) => {
    const exchange = arrived({ startedAt: number });
    exchange.requestId = `request-${number} ${"ü".repeat(number * 100)}`;
    return end(exchange, "success", 200);
  });
  const writer = new RecordWriter();
  for (const exchange of list) writer.add(exchange, { query: `asked "${exchange.startedAt}"` });
  const reader = new RecordReader(storedOf(writer.take()));
  for (const place of [2, 0, 1]) {
    const record = reader.at(place);
    assertEquals(record?.exchange.requestId, list[place]?.requestId);
    assertEquals(record?.said, { query: `asked "${place + 1}"` });
  }
  assertEquals(reader.at(3), null);
});

Deno.test("a batch stays as it is where the next is written elsewhere, and else until one is written", () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(exchanges, { minLength: 1, maxLength: 3 }), { maxLength: 4 }),
      (batches) => {
        const writer = new RecordWriter();
        const taken = batches.map((list) => {
          for (const exchange of list) writer.add(exchange, null);
          const copy = writer.take().slice();
          for (const exchange of list) writer.add(exchange, null);
          const batch = writer.take(newBatch());
          assertEquals(batch, copy);
          return batch;
        });
        taken.forEach((batch, index) => {
          assertEquals(handed(batch).map(fields), batches[index]?.map(fields));
        });
      },
    ),
    { numRuns: 50 },
  );
});

Deno.test("a batch holds what comes again once, and any number of names", () => {
  const many = Array.from({ length: 40_000 }, (_, number) => {
    const exchange = arrived();
    exchange.userAgent = `agent ${number}`;
    return end(exchange, "success", 200);
  });
  const batch = batchOf(many);
  for (const read of [handed(batch), stored(storedOf(batch))]) {
    assertEquals(read.map(({ userAgent }) => userAgent), many.map(({ userAgent }) => userAgent));
  }
  const same = batchOf(Array.from({ length: 100 }, () => many[7] as Exchange));
  for (const bytes of [same, storedOf(same)]) {
    assertEquals(new TextDecoder("latin1").decode(bytes).split("agent 7").length - 1, 1);
  }
  const inTurn = Array.from({ length: 100 }, (_, number) => many[number % 3] as Exchange);
  const kept = storedOf(batchOf(inTurn));
  assertEquals(new TextDecoder("latin1").decode(kept).split("agent 2").length - 1, 1);
  assertEquals(stored(kept).map(({ userAgent }) => userAgent), inTurn.map(({ userAgent }) => userAgent));
});

Deno.test("a record that cannot be written leaves those around it whole", () => {
  const bad = arrived();
  bad.requestId = "lost";
  bad.principal = principal({ name: "of the lost one" });
  bad.userAgent = bad.user = "lost";
  const run = new StageRun("classification", 1);
  // Nothing of the gateway's makes one.
  Object.assign(run, { facts: { category: 1n } });
  bad.stageRuns.push(run);
  const good = arrived();
  good.principal = bad.principal;
  answeredCall(good);
  const writer = new RecordWriter();
  writer.add(end(good, "success", 200), null);
  let failed = false;
  try {
    writer.add(end(bad, "success", 200), null);
  } catch {
    failed = true;
  }
  writer.add(good, null);
  assertEquals(failed, true);
  assertEquals(handed(writer.take()).map(fields), [good, good].map(fields));
});

Deno.test("a record that cannot be written takes with it what it was the first to tell", () => {
  const some = (model: string): Exchange => {
    const exchange = arrived();
    exchange.principal = principal({ name: `asks for ${model}` });
    exchange.requestedModel = model;
    const call = answeredCall(exchange);
    call.model = model;
    return exchange;
  };
  const [first, bad, next] = [some("one"), some("two"), some("two")];
  const run = new StageRun("classification", 1);
  Object.assign(run, { facts: { category: 1n } });
  bad.stageRuns.push(run);
  next.principal = bad.principal;
  for (const exchange of [first, bad, next]) end(exchange, "success", 200);
  const writer = new RecordWriter();
  writer.add(first, null);
  assertThrows(() => writer.add(bad, null), TypeError);
  writer.add(next, null);
  assertEquals(handed(writer.take()).map(fields), [first, next].map(fields));
});

Deno.test("calls and attempts have names of their own, however many the record before had", () => {
  const call = (name: string, attempts: readonly string[]): ModelCall => {
    const call = new ModelCall("generate");
    Object.assign(call, { provider: name, model: `model of ${name}`, status: "success" });
    for (const provider of attempts) {
      const attempt = new Attempt(provider, `model of ${provider}`);
      attempt.errorType = provider === name ? "" : "upstream_timeout";
      attempt.hedge = provider !== name;
      call.attempts.push(attempt);
    }
    return call;
  };
  const having = (answering: ModelCall | null, ...inner: readonly ModelCall[]): Exchange => {
    const exchange = arrived();
    exchange.call = answering;
    exchange.innerCalls.push(...inner);
    return end(exchange, "success", 200);
  };
  const list = [
    having(call("a", ["b", "a"]), call("c", ["c"]), call("d", [])),
    having(null, call("d", ["d", "c", "d"])),
    having(call("a", ["a"])),
    having(call("b", []), call("a", ["b"]), call("a", ["a"])),
    having(null),
    having(call("a", ["a", "a"])),
  ];
  const batch = batchOf(list);
  assertEquals(handed(batch).map(fields), list.map(fields));
  assertEquals(stored(storedOf(batch)).map(fields), list.map(fields));
});

Deno.test("a batch is stored as it was before it was handed over in another form", () => {
  const record = new RecordReader(OLD_BATCH).next();
  const { exchange = null, said = null } = record ?? {};
  assertEquals([exchange?.requestId, said], ["old", { query: "Où est Paris? 😀" }]);
  assertEquals(exchange?.call?.attempts.map(({ upstreamRequestId }) => upstreamRequestId), ["req_abc"]);
  assertEquals(exchange && storedOf(batchOf([exchange], said)), OLD_BATCH);
});

/** A batch of one record, of which the last bytes are missing: as versions wrote that had less to say. */
function shortened(all: Uint8Array, bytes: number): Uint8Array {
  const view = new DataView(all.buffer);
  const namesAt = view.getUint32(0, true);
  const shorter = new Uint8Array([...all.subarray(0, namesAt - bytes), ...all.subarray(namesAt)]);
  const changed = new DataView(shorter.buffer);
  changed.setUint32(0, namesAt - bytes, true);
  changed.setUint32(8, view.getUint32(8, true) - bytes, true);
  return shorter;
}

Deno.test("records of before there were gaps and headers are read, and ones of after have what they add passed over", () => {
  const exchange = arrived();
  answeredCall(exchange, "generate_stream");
  end(exchange, "success", 200);
  const batch = storedOf(batchOf([exchange], { query: "asked" }));
  // Two flags for headers, one byte for a gap that is none.
  const before = new RecordReader(shortened(batch, 3)).next();
  assertEquals(before?.exchange.call?.longestGapMs, NaN);
  assertEquals([before?.exchange.requestHeaders, before?.said], [null, { query: "asked" }]);

  const writer = new RecordWriter();
  writer.add(exchange, null);
  writer.add(exchange, { query: "second" });
  const records = new HandedRecords(writer.take());
  records.next();
  const first = records.storedLength;
  records.next();
  const two = records.takeStored();
  const view = new DataView(two.buffer);
  const longer = new Uint8Array([...two.subarray(0, first), 7, 7, 7, ...two.subarray(first)]);
  const changed = new DataView(longer.buffer);
  changed.setUint32(0, view.getUint32(0, true) + 3, true);
  changed.setUint32(8, view.getUint32(8, true) + 3, true);
  const reader = new RecordReader(longer);
  assertEquals([reader.next()?.said, reader.next()?.said], [null, { query: "second" }]);
  assertEquals(reader.next(), null);
});
