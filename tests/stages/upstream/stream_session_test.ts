import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Deadlines } from "../../../lib/deadlines.ts";
import { GatewayError } from "../../../lib/errors.ts";
import { ModelRequest } from "../../../lib/stages/model_request.ts";
import { OpenAnswers } from "../../../lib/stages/upstream/open_answers.ts";
import { StreamSession } from "../../../lib/stages/upstream/stream_session.ts";
import { PassThrough } from "../../../lib/stages/upstream/translator.ts";
import { Exchange, ModelCall } from "../../../lib/telemetry/exchange.ts";
import { openaiChat } from "../../../lib/wire/openai_chat.ts";
import { SseParser } from "../../../lib/wire/sse.ts";
import { ManualClock } from "../../manual_clock.ts";
import { STREAMS, streamText } from "../scripts.ts";
import { FakeClient, turn } from "../stage_bench.ts";

const ERROR = new GatewayError("upstream_timeout", "Too late.");

function setup() {
  const clock = new ManualClock();
  const finished: Exchange[] = [];
  const exchange = new Exchange(0, 0, { finished: (it) => finished.push(it) });
  const client = new FakeClient();
  exchange.client = client;
  const bytes = new TextEncoder().encode('{"model":"m","stream":true}');
  const call = new ModelCall("generate_stream");
  const openAnswers = new OpenAnswers();
  const deadlines = new Deadlines(clock, 1);
  const options = { clock, deadlines, highWaterMark: 1000, pingInterval: 0, writeStall: 0 };
  const request = new ModelRequest(openaiChat, bytes);
  const session = new StreamSession(exchange, request, call, openaiChat, options, openAnswers);
  const translator = new PassThrough(openaiChat.streamObserver(), false, null);
  const heard: string[] = [];
  session.onAbandoned = () => heard.push("abandoned");
  session.follow({ translator, handle: { resume: () => heard.push("resume") } });
  const feed = (text: string) =>
    new SseParser((event) => translator.push(event)).push(new TextEncoder().encode(text));
  return { clock, finished, exchange, client, call, openAnswers, session, translator, heard, feed };
}

Deno.test("StreamSession opens once, by content or by time", async () => {
  const { session, exchange, openAnswers } = setup();
  assertEquals([session.isOpen, exchange.deferred, openAnswers.size], [false, false, 0]);
  session.commit();
  session.commit();
  session.begin();
  session.commit();
  assertEquals([session.isOpen, session.began, exchange.deferred, openAnswers.size], [true, true, true, 1]);
  session.fail(ERROR);
  const text = await new Response(await session.opened).text();
  assert(text.startsWith(': ping\n\ndata: {"error":'), text);
});

Deno.test("StreamSession marks the first byte by content alone", () => {
  const { clock, session, exchange } = setup();
  clock.advance(10);
  session.commit();
  assertEquals(exchange.firstByteAt, NaN);
  clock.advance(10);
  session.begin();
  clock.advance(10);
  session.begin();
  assertEquals(exchange.firstByteAt, 20);
});

Deno.test("StreamSession ends once, whatever comes after", async () => {
  const ends = ["complete", "fail", "abandoned", "stalled"] as const;
  for (const first of ends) {
    for (const second of ends) {
      const { session, exchange, finished, translator, feed, openAnswers } = setup();
      const end = {
        complete: () => session.complete(translator),
        fail: () => session.fail(ERROR),
        abandoned: () => session.abandoned(),
        stalled: () => session.stalled(),
      };
      session.begin();
      feed(streamText("openai_chat"));
      end[first]();
      const before = [exchange.outcome, exchange.status, exchange.responseBytes];
      end[second]();
      await turn();
      assertEquals(finished.length, 1, `${first}, ${second}`);
      assertEquals(
        [exchange.outcome, exchange.status, exchange.responseBytes],
        before,
        `${first}, ${second}`,
      );
      assertEquals(openAnswers.size, 0);
    }
  }
});

Deno.test("StreamSession ends the call that the gateway gives up, with what was seen of it", () => {
  const { session, call, exchange, heard, feed } = setup();
  const { prelude, content } = STREAMS.openai_chat;
  session.begin();
  feed(prelude + content("Hel"));
  call.chunks = 1;
  session.fail(new GatewayError("shutting_down", "Over."));
  assertEquals(heard, ["abandoned"], "who runs the attempt ends it");
  assertEquals([call.status, call.errorType, call.responseModel], ["error", "shutting_down", "up-model"]);
  assertEquals([call.outputTokens, call.usageEstimated], [1, true]);
  assertEquals([exchange.status, exchange.outcome, exchange.sentStatus], [503, "error", 200]);
});

Deno.test("StreamSession aborts the connection of a client that stalls, even after the end", () => {
  for (const ended of [false, true]) {
    const { session, client, translator, feed } = setup();
    session.begin();
    feed(streamText("openai_chat"));
    if (ended) session.complete(translator);
    session.stalled();
    assertEquals(client.aborted, 1);
  }
});

Deno.test("StreamSession tells an error in the client's dialect with the provider's own code", async () => {
  const { session } = setup();
  session.commit();
  const text = new Response(await session.opened).text();
  session.fail(
    new GatewayError("rate_limit_exceeded", "Slow down.", {
      upstreamCode: "tpm",
      upstreamType: "rate_limit_error",
    }),
  );
  assertStringIncludes(
    await text,
    '{"error":{"message":"Slow down.","type":"rate_limit_error","param":null,"code":"tpm"}}',
  );
});
