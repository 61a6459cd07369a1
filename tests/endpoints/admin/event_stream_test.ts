import { assertEquals } from "@std/assert";
import { eventStream } from "../../../lib/endpoints/admin/event_stream.ts";
import { EventFeed } from "../../../lib/telemetry/event_feed.ts";
import type { Exchange } from "../../../lib/telemetry/exchange.ts";
import { ManualClock } from "../../manual_clock.ts";
import { answered, arrived } from "../../telemetry/exchanges.ts";

async function open(maxWaiting: number) {
  const clock = new ManualClock();
  const feed = new EventFeed();
  const exchange: Exchange = arrived();
  const response = await eventStream({ feed, clock, maxWaiting })(exchange, {});
  const bytes = (response.body ?? new ReadableStream<Uint8Array>()).getReader();
  const reader = {
    async read() {
      const { value, done } = await bytes.read();
      return { value: new TextDecoder().decode(value), done };
    },
    cancel: () => bytes.cancel(),
  };
  return { clock, feed, exchange, reader };
}

Deno.test("eventStream() drops and counts what a slow subscriber has no room for, and tells it", async () => {
  const { feed, reader, exchange } = await open(1500);
  for (let i = 0; i < 10; i++) feed.project(answered());
  const lost = feed.dropped;
  assertEquals(lost > 0 && lost < 10, true);
  let text = "";
  const read = async () => text += (await reader.read()).value;
  while (text.split("event: request.end").length - 1 < 10 - lost) await read();
  feed.project(answered());
  while (!text.includes("event: dropped")) await read();
  assertEquals(/event: dropped\ndata: (.*)\n/.exec(text)?.[1], `{"dropped":${lost}}`);
  await reader.cancel();
  assertEquals([feed.subscribers, exchange.outcome, exchange.status], [0, "success", 200]);
});

Deno.test("eventStream() keeps a quiet connection alive", async () => {
  const { clock, reader } = await open(1500);
  assertEquals((await reader.read()).value, ": ping\n\n");
  clock.advance(15_000);
  assertEquals((await reader.read()).value, ": ping\n\n");
  await reader.cancel();
});

Deno.test("eventStream() ends with the feed, and at once after that", async () => {
  const { feed, reader } = await open(1500);
  feed.close();
  while (!(await reader.read()).done);
  const response = await eventStream({ feed, clock: new ManualClock() })(arrived(), {});
  assertEquals(await response.text(), ": ping\n\n");
});
