/** What the accounting test's 5,000 requests do: a table of behaviours, of which a seeded draw makes plans. */
import type { WireFormat } from "../../lib/wire/canonical.ts";
import { STREAMS, streamText, WHOLE } from "../stages/scripts.ts";
import { CODECS } from "../wire/codecs.ts";
import { OPERATIONS } from "./accounting_operations.ts";
import { SWEEP } from "./accounting_sweep.ts";
import { encodeAwsEvent } from "../../lib/wire/aws_event_stream.ts";
import type { UpstreamCall } from "./upstream_server.ts";

/** When a client leaves: at an event of its request, or whenever a few turns of the event loop are over. */
export type Leaves = "never" | "uploading" | "reached" | "headers" | "content" | "race";

/** One request to be. */
export interface Plan {
  readonly number: number;
  readonly behaviour: Behaviour;
  readonly client: WireFormat;
  readonly model: string;
  readonly stream: boolean;
  /** Turns of the event loop after which a client of a race leaves. */
  readonly turns: number;
  /** Resolves when it has reached the provider. */
  readonly reached: Promise<void>;
  readonly arrive: () => void;
  /** Times that it reached the provider. */
  attempts: number;
}

export interface Behaviour {
  readonly name: string;
  /** Share among all. */
  readonly weight: number;
  readonly stream?: boolean;
  /** The status that log and metrics must tell, as whole answer and as stream; null: the race decides. */
  readonly status: number | readonly [whole: number, stream: number] | null;
  readonly leaves?: Leaves;
  /** Group of models; default: those that answer in time. */
  readonly models?: readonly string[];
  /** Sent in place of a good request. */
  readonly request?: (url: string, plan: Plan) => Request;
  /** The event that closes the run which the request begins in the background; absent: it begins none. */
  readonly run?: "run.end" | "run.failed";
  /** Tokens in and out that a good answer tells. Default: 7 and 3. */
  readonly tokens?: readonly [input: number | undefined, output: number | undefined];
  /** Its answer breaks off for the client, too. */
  readonly cut?: boolean;
  readonly serve?: Serve;
}

/** What the provider does. */
export type Serve = (call: UpstreamCall, plan: Plan) => Promise<unknown>;

/** The formats that the gateway is asked in: Bedrock's is for providers alone. */
const CLIENTS = (Object.keys(STREAMS) as WireFormat[]).filter((format) => format !== "bedrock_converse");

const PROMPT = [
  "openai",
  "chat",
  "anthropic",
  "gemini",
  "interactions",
  "ollama",
  "bedrock",
  "cohere",
] as const;
const SILENT = [
  "silent-openai",
  "silent-chat",
  "silent-anthropic",
  "silent-gemini",
  "silent-interactions",
  "silent-ollama",
  "silent-bedrock",
  "silent-cohere",
] as const;

export function formatOf(call: UpstreamCall): WireFormat {
  if (call.path.endsWith("/interactions")) return "google_interactions";
  if (call.path.startsWith("/v1beta/")) return "google_generate_content";
  if (call.path.endsWith("/messages")) return "anthropic_messages";
  if (call.path.endsWith("/v2/chat")) return "cohere_chat";
  if (call.path.startsWith("/model/")) return "bedrock_converse";
  if (call.path.endsWith("/api/chat")) return "ollama_chat";
  if (call.path.endsWith("/api/generate")) return "ollama_generate";
  return call.path.endsWith("/responses") ? "openai_responses" : "openai_chat";
}

function piecesOf(call: UpstreamCall) {
  return STREAMS[formatOf(call)];
}

/** The beginning of a stream. */
function begin(call: UpstreamCall): Promise<void> {
  return call.head(200, { "content-type": CODECS[formatOf(call)].framing.contentType });
}

/** One chunk of a stream, as the format's own bytes. */
function write(call: UpstreamCall, text: string): Promise<void> {
  return call.chunk(CODECS[formatOf(call)].framing.bytes(text));
}

/** Two of the seven tokens of a whole chat's prompt. */
function readFromCache(format: WireFormat): object {
  if (format !== "openai_chat") return {};
  const prompt_tokens_details = { cached_tokens: 2 };
  return { usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10, prompt_tokens_details } };
}

async function answerWell(call: UpstreamCall, plan: Plan): Promise<void> {
  const format = formatOf(call);
  if (!plan.stream) {
    return await call.answer(200, JSON.stringify({ ...WHOLE[format], ...readFromCache(format) }));
  }
  await begin(call);
  await write(call, streamText(format));
  await call.end();
}

/** As much of a stream as `text` is, and then nothing until the gateway closes. */
async function streamUntilClosed(call: UpstreamCall, text: string): Promise<void> {
  await begin(call);
  if (text !== "") await write(call, text);
  await call.closed;
}

async function streamAndCut(call: UpstreamCall, text: string): Promise<void> {
  await begin(call);
  await write(call, text);
  call.cut();
}

async function streamAndEnd(call: UpstreamCall, text: string): Promise<void> {
  await begin(call);
  await write(call, text);
  await call.end();
}

function refuse(status: number, headers: Readonly<Record<string, string>> = {}): Serve {
  return (call) =>
    call.answer(status, `{"error":{"message":"planned","type":"planned"}}`, {
      "content-type": "application/json",
      ...headers,
    });
}

function post(path: string, body: string): (url: string) => Request {
  return (url) =>
    new Request(url + path, { method: "POST", body, headers: { "content-type": "application/json" } });
}

/** A request that is answered in the background. */
function inBackground(url: string, plan: Plan): Request {
  const { model, stream, number } = plan;
  return post("/v1/responses", JSON.stringify({ model, stream, background: true, input: `plan-${number}` }))(
    url,
  );
}

/** A question that many ask: nothing but `user` tells the provider whose it is, which is no part of a cache's key. */
function ofMany(about: string, kinds: number): (url: string, plan: Plan) => Request {
  return (url, { model, stream, number }) => {
    const messages = [{ role: "user", content: `${about} ${number % kinds}` }];
    return post("/v1/chat/completions", JSON.stringify({ model, stream, user: `plan-${number}`, messages }))(
      url,
    );
  };
}

const PAGE = "<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>";

function errorEvent(call: UpstreamCall): string {
  if (formatOf(call) === "bedrock_converse") {
    return encodeAwsEvent("exception:internalServerException", '{"message":"planned"}');
  }
  if (formatOf(call) === "cohere_chat") {
    return 'event: message-end\ndata: {"type":"message-end","delta":{"finish_reason":"ERROR","error":"planned"}}\n\n';
  }
  return call.path.includes("/api/")
    ? '{"error":"planned"}\n'
    : 'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"planned"}}\n\n';
}

export const BEHAVIOURS: readonly Behaviour[] = [
  { name: "success", weight: 40, status: 200, serve: answerWell },
  {
    name: "fallback from a refused connection",
    weight: 3,
    status: 200,
    models: ["fallback"],
    serve: answerWell,
  },
  {
    name: "a 503, then success",
    weight: 3,
    status: 200,
    serve: (call, plan) => plan.attempts === 1 ? call.answer(503, "{}") : answerWell(call, plan),
  },
  {
    name: "a stream byte by byte",
    weight: 1,
    stream: true,
    status: 200,
    async serve(call) {
      await begin(call);
      for (const byte of CODECS[formatOf(call)].framing.bytes(streamText(formatOf(call)))) {
        await call.chunk(Uint8Array.of(byte));
      }
      await call.end();
    },
  },
  {
    name: "data after the terminal event",
    weight: 1,
    stream: true,
    status: 200,
    serve: (call) => streamAndEnd(call, streamText(formatOf(call)) + piecesOf(call).content("late")),
  },

  // The cache: one is asked of the provider, the others get its answer, while it is made or later.
  {
    name: "a question of many",
    weight: 6,
    status: 200,
    models: ["cached"],
    request: ofMany("One", 40),
    serve: answerWell,
  },
  {
    name: "a question of many, and some leave",
    weight: 4,
    stream: true,
    status: null,
    leaves: "content",
    models: ["cached"],
    request: ofMany("Left", 60),
    async serve(call) {
      const { prelude, content, finish, terminal } = piecesOf(call);
      await begin(call);
      await write(call, prelude + content("Hello"));
      await turns(20);
      await write(call, finish + terminal);
      await call.end();
    },
  },
  {
    name: "a question of many to which the provider says 500",
    weight: 2,
    status: 502,
    models: ["cached"],
    request: ofMany("Bad", 5),
    serve: refuse(500),
  },

  // 4xx.
  {
    name: "unknown model",
    weight: 2,
    status: 404,
    request: post("/v1/chat/completions", '{"model":"nowhere"}'),
  },
  { name: "no JSON", weight: 2, status: 400, request: post("/v1/messages", '{"model":') },
  { name: "no model", weight: 1, status: 400, request: post("/v1/responses", "{}") },
  { name: "no messages", weight: 1, status: 400, request: post("/v1/messages", '{"model":"chat"}') },
  {
    name: "too large",
    weight: 1,
    status: 413,
    request: post("/v1/responses", `{"input":"${"x".repeat(100_000)}"}`),
  },
  { name: "no such path", weight: 1, status: 404, request: post("/v1/nothing", "{}") },
  { name: "no such method", weight: 1, status: 405, request: (url) => new Request(`${url}/v1/messages`) },
  {
    name: "no such response",
    weight: 1,
    status: 404,
    request: (url) => new Request(`${url}/v1/responses/resp_nothing`),
  },
  {
    name: "no such previous response",
    weight: 1,
    status: 400,
    request: post("/v1/responses", '{"model":"chat","input":"x","previous_response_id":"resp_nothing"}'),
  },
  { name: "the provider says 400", weight: 2, status: 400, serve: refuse(400) },
  { name: "the provider says 401", weight: 1, status: 502, serve: refuse(401) },
  { name: "the provider says 429", weight: 2, status: 429, serve: refuse(429, { "retry-after": "3600" }) },

  {
    name: "no such previous interaction",
    weight: 1,
    status: 404,
    request: post(
      "/v1beta/interactions",
      '{"model":"chat","input":"x","previous_interaction_id":"v1_nothing"}',
    ),
  },

  // Conversations.
  { name: "a conversation", weight: 1, status: 200, request: post("/v1/conversations", "{}") },
  {
    name: "no such conversation",
    weight: 1,
    status: 404,
    request: post("/v1/responses", '{"model":"chat","input":"x","conversation":"conv_nothing"}'),
  },
  {
    name: "items of no such conversation",
    weight: 1,
    status: 404,
    request: (url) => new Request(`${url}/v1/conversations/conv_nothing/items`),
  },

  // In the background: the request is answered whatever becomes of its run.
  { name: "a run", weight: 4, status: 200, request: inBackground, run: "run.end", serve: answerWell },
  {
    name: "a run that is left",
    weight: 2,
    stream: true,
    status: null,
    leaves: "content",
    request: inBackground,
    run: "run.end",
    async serve(call) {
      const { prelude, content, finish, terminal } = piecesOf(call);
      await begin(call);
      await write(call, prelude + content("Hello"));
      await turns(20);
      await write(call, finish + terminal);
      await call.end();
    },
  },
  {
    name: "a run whose provider says 500",
    weight: 2,
    status: 200,
    request: inBackground,
    run: "run.failed",
    serve: refuse(500),
  },
  {
    name: "a run whose provider breaks off",
    weight: 2,
    stream: true,
    status: 200,
    request: inBackground,
    run: "run.failed",
    serve: (call) => streamAndCut(call, piecesOf(call).prelude + piecesOf(call).content("Hello")),
  },

  // 5xx.
  { name: "the provider says 500", weight: 2, status: 502, serve: refuse(500) },
  { name: "the provider says 503", weight: 2, status: 503, serve: refuse(503) },
  { name: "nobody there", weight: 1, status: 502, models: ["nobody"] },
  {
    name: "cut before the answer",
    weight: 1,
    status: 502,
    // deno-lint-ignore require-await -- one signature for all
    serve: async (call) => call.cut(),
  },

  // Malformed.
  {
    name: "a page",
    weight: 2,
    status: 502,
    serve: (call) => call.answer(200, PAGE, { "content-type": "text/html" }),
  },
  { name: "not JSON", weight: 1, stream: false, status: 502, serve: (call) => call.answer(200, "{broken") },
  {
    name: "half a body",
    weight: 1,
    stream: false,
    status: 502,
    async serve(call) {
      await call.head(200, { "content-type": "application/json" });
      await write(call, '{"id":');
      call.cut();
    },
  },
  {
    name: "cut after a prelude",
    weight: 1,
    stream: true,
    status: 502,
    serve: (call) => streamAndCut(call, piecesOf(call).prelude),
  },
  {
    name: "cut after content",
    weight: 2,
    stream: true,
    status: 502,
    serve: (call) => streamAndCut(call, piecesOf(call).prelude + piecesOf(call).content("Hello")),
  },
  {
    name: "no terminal event",
    weight: 1,
    stream: true,
    status: 502,
    serve: (call) => {
      const { prelude, content, finish } = piecesOf(call);
      // Bedrock's finish has the stop reason, which makes an answer whole.
      const rest = formatOf(call) === "bedrock_converse" ? "" : finish;
      return streamAndEnd(call, prelude + content("Hello") + rest);
    },
  },
  {
    name: "a broken event after content",
    weight: 1,
    stream: true,
    status: 502,
    async serve(call) {
      const { prelude, content } = piecesOf(call);
      await begin(call);
      await write(call, prelude + content("Hello"));
      await write(call, 'data: {"broken\n\n');
      await call.closed;
    },
  },
  {
    name: "an error event before content",
    weight: 1,
    stream: true,
    status: 502,
    serve: (call) => streamUntilClosed(call, piecesOf(call).prelude + errorEvent(call)),
  },
  {
    name: "an error event after content",
    weight: 1,
    stream: true,
    status: 502,
    async serve(call) {
      const { prelude, content } = piecesOf(call);
      await begin(call);
      await write(call, prelude + content("Hello"));
      await write(call, errorEvent(call));
      await call.closed;
    },
  },

  // Stalls.
  { name: "silence before the answer", weight: 1, status: 504, models: SILENT, serve: (call) => call.closed },
  {
    name: "silence in the answer",
    weight: 1,
    status: 504,
    models: SILENT,
    async serve(call, plan) {
      if (plan.stream) {
        return await streamUntilClosed(call, piecesOf(call).prelude + piecesOf(call).content("Hello"));
      }
      await call.head(200, { "content-type": "application/json" });
      await write(call, "{");
      await call.closed;
    },
  },

  // Cancels.
  { name: "leaves while sending", weight: 1, status: 499, leaves: "uploading" },
  {
    name: "leaves before headers",
    weight: 4,
    status: 499,
    leaves: "reached",
    serve: (call, plan) => plan.stream ? streamUntilClosed(call, "") : call.closed,
  },
  {
    name: "leaves with half a whole answer there",
    weight: 2,
    stream: false,
    status: 499,
    leaves: "reached",
    async serve(call) {
      await call.head(200, { "content-type": "application/json" });
      await write(call, "{");
      await call.closed;
    },
  },
  {
    name: "leaves before the first token",
    weight: 3,
    stream: true,
    status: 499,
    leaves: "headers",
    serve: (call) => streamUntilClosed(call, piecesOf(call).prelude),
  },
  {
    name: "leaves in the middle",
    weight: 4,
    stream: true,
    status: 499,
    leaves: "content",
    serve: (call) => streamUntilClosed(call, piecesOf(call).prelude + piecesOf(call).content("Hello")),
  },
  {
    name: "leaves at the last chunk",
    weight: 3,
    stream: true,
    status: 499,
    leaves: "content",
    serve: (call) => {
      const { prelude, content, finish } = piecesOf(call);
      return streamUntilClosed(call, prelude + content("Hello") + finish);
    },
  },
  {
    name: "leaves at any time",
    weight: 8,
    status: null,
    leaves: "race",
    async serve(call, plan) {
      if (!plan.stream) return await answerWell(call, plan);
      const { prelude, content, finish, terminal } = piecesOf(call);
      await begin(call);
      for (
        const piece of [prelude, content("Hello"), content(" wide"), content(" world"), finish, terminal]
      ) {
        await write(call, piece);
        await turns(plan.number % 3);
      }
      await call.end();
    },
  },
];

/** Turns of the event loop: whatever is ready by then has happened. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
}

/** The status that the record of a plan must have; null where a race decides. */
export function statusOf(plan: Plan): number | null {
  const { status } = plan.behaviour;
  return status === null || typeof status === "number" ? status : status[plan.stream ? 1 : 0];
}

/** `count` plans, the same for a seed on every machine. */
export function drawPlans(count: number, random: () => number): Plan[] {
  const all = [...BEHAVIOURS, ...OPERATIONS, ...SWEEP];
  const total = all.reduce((sum, behaviour) => sum + behaviour.weight, 0);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  return Array.from({ length: count }, (_, number) => {
    let draw = random() * total;
    const behaviour = all.find((it) => (draw -= it.weight) < 0) ?? BEHAVIOURS[0] as Behaviour;
    const { promise: reached, resolve: arrive } = Promise.withResolvers<void>();
    return {
      number,
      behaviour,
      client: pick(CLIENTS),
      model: pick(behaviour.models ?? PROMPT),
      stream: behaviour.stream ?? random() < 0.5,
      turns: Math.floor(random() * 12),
      reached,
      arrive,
      attempts: 0,
    };
  });
}
