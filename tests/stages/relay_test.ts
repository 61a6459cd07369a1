/** Requests and answers that are passed on as they are. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { GatewayError } from "../../lib/errors.ts";
import { type Relay, relay, type RelayedAnswer, type RelayedUpload } from "../../lib/stages/relay.ts";
import { gate, StageBench, turn } from "./stage_bench.ts";
import { ScriptedProvider, SECRET, type Step } from "./scripted_provider.ts";
import { errorAnswer } from "./scripts.ts";

const AUDIO: Step = { response: 200, headers: { "content-type": "audio/mpeg" } };
const JSON_BEGINS: Step = { response: 200, headers: { "content-type": "application/json" } };
const EVENTS: Step = { response: 200, headers: { "content-type": "text/event-stream" } };
const PAGE: Step = { response: 200, headers: { "content-type": "text/html" } };
const BODY = new TextEncoder().encode("{}");

function bench(...scripts: Step[][]): { stage: StageBench; up: ScriptedProvider } {
  const up = new ScriptedProvider("up", [], scripts, { audio: { path: "/audio" } });
  return { up, stage: new StageBench({ providers: [up], random: () => 0 }) };
}

function send(stage: StageBench, asked: Partial<Relay> = {}): Promise<RelayedAnswer> {
  return relay(stage.exchange, {
    operation: "audio",
    targets: stage.request.targets,
    prepare: () => ({ format: "audio", method: "POST", subpath: "/speech", body: BODY }),
    query: "?a=1",
    opaque: false,
    creates: false,
    upload: null,
    ...asked,
  }, stage.options);
}

async function textOf({ body }: RelayedAnswer): Promise<string> {
  return await new Response(body).text();
}

Deno.test("relay() sends what it was given, and gives back bytes of any type as they come", async () => {
  const { stage, up } = bench([AUDIO, { bytes: Uint8Array.of(0xff, 0xfe) }, { data: "rest" }, { end: true }]);
  const answer = await send(stage);
  assert(answer.body instanceof ReadableStream);
  const bytes = new Uint8Array(await new Response(answer.body).arrayBuffer());
  assertEquals([...bytes], [0xff, 0xfe, ...new TextEncoder().encode("rest")]);
  assertEquals(answer.headers?.get("content-type"), "audio/mpeg");
  const [request] = up.requests;
  assertEquals([request?.format, request?.subpath, request?.query], ["audio", "/speech", "?a=1"]);
  const { exchange } = stage;
  assertEquals([exchange.outcome, exchange.status, exchange.responseBytes], ["success", 200, 6]);
  assertEquals([exchange.call?.status, exchange.call?.inputTokens], ["success", NaN]);
  assertEquals([stage.finished.length, stage.deadlines.size, stage.openAnswers.size], [1, 0, 0]);
});

Deno.test("relay() holds JSON until it is whole, and reads its tokens", async () => {
  const text = '{"id":"x","usage":{"input_tokens":7,"output_tokens":3}}';
  const { stage } = bench([JSON_BEGINS, { data: text.slice(0, 9) }, { data: text.slice(9) }, { end: true }]);
  const answer = await send(stage);
  assert(answer.body instanceof Uint8Array);
  assertEquals([await textOf(answer), answer.status], [text, 200]);
  const { call } = stage.exchange;
  assertEquals([call?.inputTokens, call?.outputTokens, call?.responseId], [7, 3, "x"]);
  assertEquals([call?.usageEstimated, call?.status, stage.openAnswers.size], [false, "success", 0]);
});

Deno.test("relay() gives back another status of success, and no body where there is none", async () => {
  const { stage } = bench([{ response: 204 }, { end: true }]);
  const answer = await send(stage);
  assertEquals([answer.status, await textOf(answer)], [204, ""]);
});

const RETRIED: readonly [name: string, script: Step[]][] = [
  ["a 503", errorAnswer(503)],
  ["a connection that is refused", [{ error: "connection_refused", sent: false }]],
  ["JSON that breaks off", [JSON_BEGINS, { data: "{" }, { error: "connection_reset" }]],
  ["JSON that is none", [JSON_BEGINS, { data: "{" }, { end: true }]],
  ["an error under a status of success", [JSON_BEGINS, { data: '{"error":{"message":"x"}}' }, { end: true }]],
  ["a page", [PAGE, { data: "<html>" }, { end: true }]],
  ["audio that breaks off before its first byte", [AUDIO, { error: "connection_reset" }]],
  ["an error event in the first place", [EVENTS, { data: 'data: {"error":{"message":"x"}}\n\n' }, {
    end: true,
  }]],
];

for (const [name, script] of RETRIED) {
  Deno.test(`relay() tries again after ${name}`, async () => {
    const { stage, up } = bench(script, [JSON_BEGINS, { data: "{}" }, { end: true }]);
    assertEquals(await textOf(await send(stage)), "{}");
    assertEquals(up.requests.length, 2);
    assertEquals(stage.exchange.call?.attempts.map(({ status }) => status), ["error", "success"]);
  });
}

Deno.test("relay() tells of a provider's refusal in its words, without its secrets", async () => {
  const said = JSON.stringify({ error: { message: `no ${SECRET}`, code: "x" } });
  const { stage } = bench([{ response: 400, headers: {} }, { data: said }, { end: true }]);
  const error = await assertRejects(() => send(stage), GatewayError);
  assertEquals([error.status, error.message.includes(SECRET)], [400, false]);
  assertEquals(stage.exchange.call?.status, "error");
});

Deno.test("relay() lets a page pass that is somebody's file", async () => {
  const { stage } = bench([PAGE, { data: "<html>" }, { end: true }]);
  assertEquals(await textOf(await send(stage, { opaque: true })), "<html>");
});

Deno.test("relay() does not look into somebody's file", async () => {
  const { stage } = bench([JSON_BEGINS, { data: '{"error":{"message":"mine"}}' }, { end: true }]);
  assertEquals(await textOf(await send(stage, { opaque: true })), '{"error":{"message":"mine"}}');
  assertEquals(stage.exchange.outcome, "success");
});

/** By then what came before a break is on its way. */
const FLUSHED_MS = 100;

Deno.test("relay() breaks off where the provider does in the middle", async () => {
  const { stage, up } = bench([AUDIO, { data: "some" }, { error: "connection_reset" }]);
  const broken = assertRejects(async () => textOf(await send(stage)));
  await stage.pass(0);
  await stage.pass(FLUSHED_MS);
  await broken;
  const { exchange } = stage;
  assertEquals([exchange.outcome, exchange.status, up.requests.length], ["error", 502, 1]);
  assertEquals([exchange.errorType, exchange.call?.status], ["upstream_connection_failed", "error"]);
  assertEquals([stage.finished.length, stage.openAnswers.size], [1, 0]);
});

const USAGE = '{"type":"done","usage":{"input_tokens":7,"output_tokens":3}}';

Deno.test("relay() watches events as they go by, and reads their tokens", async () => {
  const text = `event: a\r\ndata: {"type":"a"}\r\n\r\ndata: ${USAGE}\n\n`;
  const { stage } = bench([EVENTS, { data: text.slice(0, 20) }, { data: text.slice(20) }, { end: true }]);
  assertEquals(await textOf(await send(stage)), text);
  const { call } = stage.exchange;
  assertEquals([call?.inputTokens, call?.outputTokens, call?.usageEstimated], [7, 3, false]);
});

Deno.test("relay() ends a stream of events by the gateway's own error where the provider tells of one", async () => {
  const said = `data: {"error":{"message":"${SECRET}","type":"server_error"}}\n\n`;
  const { stage } = bench([EVENTS, { data: 'data: {"type":"a"}\n\n' }, { data: said }, {
    wait: gate().opened,
  }]);
  const text = await textOf(await send(stage));
  assert(text.startsWith('data: {"type":"a"}\n\ndata: {"error":'), text);
  assert(!text.includes(SECRET), text);
  assertEquals([stage.exchange.outcome, stage.exchange.status], ["error", 502]);
});

Deno.test("relay() gives up an event that is too long", async () => {
  const { stage, up } = bench([EVENTS, { data: `data: ${"x".repeat(2 << 20)}` }, { wait: gate().opened }]);
  const error = await assertRejects(() => send(stage), GatewayError);
  assertEquals([error.code, up.aborted.length > 0], ["upstream_invalid_response", true]);
});

Deno.test("relay() pauses the provider while the client does not read, and goes on when it does", async () => {
  const piece = { bytes: new Uint8Array(40_000) };
  const { opened, open } = gate();
  const { stage, up } = bench([AUDIO, piece, piece, { wait: opened }, { end: true }]);
  const { body } = await send(stage);
  await turn();
  assertEquals(up.paused, [true]);
  const read = new Response(body).arrayBuffer();
  await turn();
  assertEquals(up.paused, [true, false]);
  open();
  assertEquals((await read).byteLength, 80_000);
});

Deno.test("relay() lets go of the provider when the client leaves, before the answer and in it", async () => {
  const before = bench([{ wait: gate().opened }]);
  const answer = send(before.stage);
  await turn();
  before.stage.client.leave();
  const error = await assertRejects(() => answer, GatewayError);
  assertEquals([error.code, before.up.aborted], ["client_closed_request", [0]]);
  assertEquals(before.stage.exchange.call?.status, "cancelled");

  const within = bench([AUDIO, { data: "some" }, { wait: gate().opened }]);
  const { body } = await send(within.stage);
  await (body as ReadableStream).cancel();
  const { exchange } = within.stage;
  assertEquals([exchange.outcome, exchange.status, exchange.cancelStage], ["cancelled", 499, "streaming"]);
  assertEquals([exchange.call?.status, within.up.aborted], ["cancelled", [0]]);
});

Deno.test("relay() ends what is under way when the process has to", async () => {
  const { stage } = bench([AUDIO, { data: "some" }, { wait: gate().opened }]);
  const answer = await send(stage);
  const text = assertRejects(() => textOf(answer));
  stage.openAnswers.failAll(new GatewayError("shutting_down", "The gateway is shutting down."));
  await stage.pass(FLUSHED_MS);
  await text;
  assertEquals([stage.exchange.errorType, stage.openAnswers.size], ["shutting_down", 0]);
});

function upload(): RelayedUpload & { consumed: boolean } {
  return { consumed: false, onFailure: () => {} };
}

Deno.test("relay() tries again with an upload of which nothing was taken, and not with one that is gone", async () => {
  const good: Step[] = [JSON_BEGINS, { data: "{}" }, { end: true }];
  const untouched = bench([{ error: "connection_refused", sent: false }], good);
  assertEquals(await textOf(await send(untouched.stage, { upload: upload() })), "{}");

  const { stage, up } = bench(errorAnswer(503), good);
  const error = await assertRejects(
    () => send(stage, { upload: { ...upload(), consumed: true } }),
    GatewayError,
  );
  assertEquals([error.status, up.requests.length, stage.exchange.call?.status], [503, 1, "error"]);
  assertEquals(stage.openAnswers.size, 0);
});

Deno.test("relay() tells what is wrong with an upload, not with the connection that it broke", async () => {
  const { stage, up } = bench([{ wait: gate().opened }]);
  const broken = upload();
  const answer = send(stage, { upload: broken });
  await turn();
  broken.consumed = true;
  broken.onFailure(new GatewayError("request_too_large", "Too large."));
  const error = await assertRejects(() => answer, GatewayError);
  assertEquals([error.code, up.aborted, stage.exchange.call?.status], ["request_too_large", [0], "error"]);
});

const CREATED: readonly [name: string, script: Step[], requests: number][] = [
  ["a connection that was refused", [{ error: "connection_refused", sent: false }], 2],
  ["a 503", errorAnswer(503), 2],
  ["a 429", errorAnswer(429), 2],
  ["a 500", errorAnswer(500), 1],
  ["a connection that broke off", [{ error: "connection_reset" }], 1],
  ["silence", [{ error: "timeout_first_chunk" }], 1],
];

for (const [name, script, requests] of CREATED) {
  Deno.test(`relay() asks for what must not be made twice ${requests === 1 ? "once" : "again"} after ${name}`, async () => {
    const { stage, up } = bench(script, [JSON_BEGINS, { data: "{}" }, { end: true }]);
    const answer = send(stage, { creates: true });
    if (requests === 2) assertEquals(await textOf(await answer), "{}");
    else await assertRejects(() => answer, GatewayError);
    assertEquals([up.requests.length, stage.openAnswers.size], [requests, 0]);
    assertEquals(stage.exchange.call?.status, requests === 2 ? "success" : "error");
  });
}
