import { type Clock, systemClock } from "../../clock.ts";
import type { WireFormat } from "../../wire/canonical.ts";
import type { UpstreamHandler, UpstreamHeaders } from "../provider.ts";
import { embedContents } from "./google_embeddings.ts";
import { modelsAnswer } from "./models.ts";
import { type MockOptions, paceOf, settingOf } from "./options.ts";
import { type MockPlan, type NamedInPath, planAnswer, planError } from "./plan.ts";
import { isMockOperation, type MockOperationName } from "./operations/table.ts";
import { planOperation } from "./plan_operation.ts";
import { type Pace, Playback } from "./playback.ts";

export interface MockHandlerOptions extends MockOptions {
  /** Keys that are good; others get 401. Unset: any, or none. */
  readonly keys?: readonly string[];
  /** What `GET /v1/models` lists; any other model is answered too. */
  readonly models?: readonly string[];
  readonly clock?: Clock;
}

/** `POST` paths, with and without `/v1` before them. */
const PATHS: Readonly<Record<string, WireFormat>> = {
  "/chat/completions": "openai_chat",
  "/responses": "openai_responses",
  "/messages": "anthropic_messages",
  "/interactions": "google_interactions",
  "/v2/chat": "cohere_chat",
  "/api/chat": "ollama_chat",
  "/api/generate": "ollama_generate",
};

/** Requests for the tokens of others. */
const COUNTS: Readonly<Record<string, MockOperationName>> = {
  "/messages/count_tokens": "count_tokens",
  "/responses/input_tokens": "input_tokens",
};

/** Google's paths name the model and what to do with it. */
const GOOGLE = /^\/v1(?:beta1?)?\/(?:.+\/)?models\/(.+):(generateContent|streamGenerateContent)$/;
const GOOGLE_EMBEDDINGS = /\/models\/.+:(?:embedContent|batchEmbedContents)$/;
/** Bedrock's too. */
const CONVERSE = /^\/model\/([^/]+)\/converse(-stream)?$/;
const BODY_NAMES_IT: NamedInPath = { model: "", stream: false };

const MODELS = ["mock", "gpt-4o-mini", "gpt-5", "claude-sonnet-4-5", "gemini-2.5-flash"];

/**
 * The mock as an HTTP server's handler: chat completions, responses, models and the other APIs as OpenAI has them,
 * messages and models as Anthropic has them, contents and models as Google has them.
 * @throws {BehaviourError} where the behaviour in the options is none.
 */
export function createMockHandler(
  options: MockHandlerOptions = {},
): (request: Request) => Response | Promise<Response> {
  const clock = options.clock ?? systemClock;
  const setting = settingOf(options, clock);
  const pace = paceOf(clock);
  const keys = options.keys === undefined ? null : new Set(options.keys);
  const models = options.models ?? MODELS;

  return function mock(request) {
    const url = new URL(request.url);
    if (GOOGLE_EMBEDDINGS.test(url.pathname)) {
      return request.text().then((text) => {
        const answer = embedContents(text);
        return answer === null
          ? Response.json({ error: { code: 400, message: "Invalid content.", status: "INVALID_ARGUMENT" } }, {
            status: 400,
          })
          : Response.json(answer);
      });
    }
    const path = url.pathname.replace(/^\/v1(?:beta)?(?=\/)/, "");
    const named = namedIn(url.pathname);
    const format = named?.format ?? (Object.hasOwn(PATHS, path) ? PATHS[path] : undefined);
    const family = format ?? familyOf(request, url);
    const refused = (status: number, message: string) => {
      return play(planError(family, { status, message, param: null, code: null }, setting), pace);
    };
    if (keys !== null && !keys.has(keyOf(request, url))) return refused(401, "Incorrect API key provided.");
    const counted = Object.hasOwn(COUNTS, path) ? COUNTS[path] : undefined;
    if (counted !== undefined) return operation(counted, "", request);
    if (format !== undefined && request.method === "POST") {
      return answer(request, format, named ?? BODY_NAMES_IT);
    }
    const [, name = ""] = path.split("/");
    if (isMockOperation(name)) return operation(name, path.slice(name.length + 1), request);
    if (request.method === "GET" && (path === "/models" || path.startsWith("/models/"))) {
      const found = modelsAnswer(models, path.slice("/models/".length), family);
      return found === null ? refused(404, "The model does not exist.") : Response.json(found);
    }
    return refused(404, `Invalid URL (${request.method} ${path})`);
  };

  async function operation(name: MockOperationName, subpath: string, request: Request): Promise<Response> {
    const body = new Uint8Array(await request.arrayBuffer());
    const plan = await planOperation(
      name,
      {
        method: request.method,
        subpath,
        query: new URL(request.url).search,
        contentType: request.headers.get("content-type") ?? "",
        body,
      },
      request.headers.get("x-mock"),
      setting,
    );
    return play(plan, pace);
  }

  async function answer(request: Request, format: WireFormat, named: NamedInPath): Promise<Response> {
    const body = new Uint8Array(await request.arrayBuffer());
    return play(planAnswer(format, body, request.headers.get("x-mock"), setting, named), pace);
  }
}

function familyOf(request: Request, url: URL): WireFormat {
  if (request.headers.has("anthropic-version")) return "anthropic_messages";
  return url.pathname.startsWith("/v1beta/") ? "google_generate_content" : "openai_chat";
}

/** What a path with the model in it says; null for any other. */
function namedIn(path: string): (NamedInPath & { readonly format: WireFormat }) | null {
  const [, gemini, verb] = GOOGLE.exec(path) ?? [];
  if (gemini !== undefined) {
    const stream = verb === "streamGenerateContent";
    return { format: "google_generate_content", model: decodeURIComponent(gemini), stream };
  }
  const [, model, stream] = CONVERSE.exec(path) ?? [];
  if (model === undefined) return null;
  return { format: "bedrock_converse", model: decodeURIComponent(model), stream: stream !== undefined };
}

function keyOf(request: Request, url: URL): string {
  return request.headers.get("x-api-key") ?? request.headers.get("x-goog-api-key") ??
    url.searchParams.get("key") ??
    (request.headers.get("authorization") ?? "").replace(/^Bearer /i, "");
}

/** A response that plays a plan; it resolves when the plan has its status. */
function play(plan: MockPlan, pace: Pace): Response | Promise<Response> {
  const [only] = plan.chunks;
  const plain = plan.latency === 0 && plan.ending === "end" && plan.split === 0;
  if (plain && plan.chunks.length === 1 && only !== undefined) {
    return new Response(only.text, {
      status: plan.status,
      headers: plan.headers.map(([name, value]) => [name, value]),
    });
  }
  return new Promise((resolve) => {
    const body = new PlayedBody(plan, pace, resolve);
    body.begin();
  });
}

/** Time that a server has to write what came before a cut. */
const FLUSH_MS = 20;

/** A playback read as a response's body: what the reader does not ask for is not played. */
class PlayedBody implements UpstreamHandler, UnderlyingDefaultSource<Uint8Array> {
  #playback: Playback | null = null;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;

  constructor(
    private readonly plan: MockPlan,
    private readonly pace: Pace,
    private readonly resolve: (response: Response) => void,
  ) {}

  begin(): void {
    this.#playback = new Playback(this.plan, this, this.pace);
  }

  onResponse(status: number, headers: UpstreamHeaders): void {
    // Filled by `pull`, from the first read on.
    this.#playback?.pause();
    const body = new ReadableStream<Uint8Array>(this, { highWaterMark: 0 });
    this.resolve(
      new Response(body, { status, headers: [...headers.entries()].map(([name, value]) => [name, value]) }),
    );
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#controller = controller;
  }

  pull(): void {
    this.#playback?.resume();
  }

  cancel(): void {
    this.#playback?.abort();
  }

  onData(chunk: Uint8Array): void {
    const controller = this.#controller;
    controller?.enqueue(chunk);
    if ((controller?.desiredSize ?? 0) <= 0) this.#playback?.pause();
  }

  onEnd(): void {
    this.#controller?.close();
  }

  onError(): void {
    // Not at once: the server would drop what it has not written yet, the status with it.
    this.pace.deadlines.after(
      FLUSH_MS,
      () => this.#controller?.error(new Error("The mock cut the connection")),
    );
  }
}
