import { GatewayError } from "../errors.ts";
import type { UpstreamHeaders } from "../providers/provider.ts";
import type { JsonObject, StreamEvent, Usage } from "../wire/canonical.ts";
import { accepts, EventTooLargeError, FramingError } from "../wire/framing.ts";
import type { Api, Question } from "./apis.ts";
import { type Caller, CallFailure } from "./http/caller.ts";
import type { Timing } from "./http/timing.ts";
import { parseJson } from "./json.ts";
import { overheadIn } from "./server_timing.ts";

/** One request to a model and what was measured of it. Times are milliseconds from its sending. */
export interface ModelCall {
  readonly ok: boolean;
  /** Null: no answer came. */
  readonly status: number | null;
  /** What went wrong, fit for grouping (`rate_limit_error`, `connection_refused`), and in words; null: nothing. */
  readonly error: { readonly type: string; readonly message: string } | null;
  readonly timing: Timing;
  /** The first content of a stream; null: it was none, or none came. */
  readonly firstTokenMs: number | null;
  /** Between two pieces of content. */
  readonly gapsMs: readonly number[];
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  /** Output tokens a second, of a stream after its first. */
  readonly tokensPerSecond: number | null;
  /** The gateway's own part, as the server tells it. */
  readonly overheadMs: number | null;
  readonly text: string;
  readonly headers: UpstreamHeaders | null;
  /** The answer's body where it was no stream. */
  readonly body: string;
}

export interface ModelCallOptions {
  readonly api: Api;
  readonly question: Question;
  readonly headers: Readonly<Record<string, string>>;
  /** Hears of content as it comes. */
  readonly onText?: (text: string) => void;
  readonly signal?: AbortSignal;
}

/** Asks a model and measures the answer. Failures are in the result. */
export async function callModel(caller: Caller, options: ModelCallOptions): Promise<ModelCall> {
  const { api, question, headers, onText, signal } = options;
  const reading = new AnswerReader(api, question.stream, onText);
  let failure: CallFailure | null = null;
  let timing: Timing;
  try {
    ({ timing } = await caller.call({
      path: api.path,
      headers: { ...api.headers, ...headers },
      body: JSON.stringify(api.body(question)),
      onHeaders: (status, found) => reading.begin(status, found),
      onData: (chunk) => reading.push(chunk),
      ...(signal === undefined ? {} : { signal }),
    }));
  } catch (error) {
    if (!(error instanceof CallFailure)) throw error;
    failure = error;
    timing = error.timing;
  }
  reading.end();
  const error = failure === null ? reading.error : { type: failure.kind, message: failure.message };
  const { usage, firstAt, lastAt } = reading;
  const outputTokens = usage?.output ?? null;
  const streamed = firstAt >= 0 && lastAt > firstAt;
  return {
    ok: error === null,
    status: reading.status,
    error,
    timing,
    firstTokenMs: firstAt < 0 ? null : firstAt - timing.sentAt,
    gapsMs: reading.gaps,
    inputTokens: usage?.input ?? null,
    outputTokens,
    tokensPerSecond: outputTokens === null || outputTokens === 0 || error !== null
      ? null
      : streamed && outputTokens > 1
      ? (outputTokens - 1) / (lastAt - firstAt) * 1000
      : outputTokens / (timing.endAt - timing.sentAt) * 1000,
    overheadMs: reading.headers === null ? null : overheadIn(reading.headers),
    text: reading.text,
    headers: reading.headers,
    body: reading.body,
  };
}

/** Reads an answer, whole or streamed. */
class AnswerReader {
  status: number | null = null;
  headers: UpstreamHeaders | null = null;
  error: { type: string; message: string } | null = null;
  usage: Pick<Usage, "input" | "output"> | null = null;
  text = "";
  body = "";
  firstAt = -1;
  lastAt = -1;
  readonly gaps: number[] = [];
  readonly #api: Api;
  readonly #stream: boolean;
  readonly #onText: ((text: string) => void) | undefined;
  readonly #decoder = new TextDecoder();
  #parser: { push(chunk: Uint8Array): void; end(): boolean } | null = null;
  #ended = false;

  constructor(api: Api, stream: boolean, onText: ((text: string) => void) | undefined) {
    this.#api = api;
    this.#stream = stream;
    this.#onText = onText;
  }

  begin(status: number, headers: UpstreamHeaders): void {
    this.status = status;
    this.headers = headers;
    const { codec } = this.#api;
    if (codec === null || !this.#stream || status !== 200) return;
    if (!accepts(codec.framing, headers.get("content-type") ?? "")) return;
    const decoder = codec.eventDecoder();
    this.#parser = codec.framing.parser((event) => {
      if (!this.#ended) { for (const each of decoder.push(event)) this.#event(each); }
    }, {});
  }

  push(chunk: Uint8Array): void {
    if (this.#parser === null) {
      this.body += this.#decoder.decode(chunk, { stream: true });
      return;
    }
    try {
      this.#parser.push(chunk);
    } catch (error) {
      if (!isBadAnswer(error)) throw error;
      this.#fail("invalid_answer", error.message);
    }
  }

  /** Reads what came whole, and says what is missing. */
  end(): void {
    if (this.status === null || this.error !== null) return;
    if (this.#parser !== null) {
      this.#parser.end();
      if (!this.#ended) this.#fail("stream_broke_off", "the stream ended without its last event");
      return;
    }
    const body = parseJson(this.body);
    if (this.status >= 400) this.error = errorOf(this.status, body);
    else if (this.#stream && this.#api.codec !== null) {
      this.#fail("invalid_answer", "the answer is no stream of events");
    } else if (body === null) this.#fail("invalid_answer", "the answer is not JSON");
    else this.#whole(body);
  }

  #whole(body: JsonObject): void {
    const { codec } = this.#api;
    if (codec === null) {
      const { usage } = body as { usage?: { prompt_tokens?: unknown } };
      const input = usage?.prompt_tokens;
      if (typeof input === "number") this.usage = { input, output: 0 };
      return;
    }
    try {
      const { choices, usage } = codec.decodeResponse(body);
      this.usage = usage ?? null;
      this.text = choices[0]?.parts.map((part) => part.type === "text" ? part.text : "").join("") ?? "";
    } catch (error) {
      if (!isBadAnswer(error)) throw error;
      this.#fail("invalid_answer", error.message);
    }
  }

  #event(event: StreamEvent): void {
    switch (event.type) {
      case "text_delta":
      case "reasoning_delta":
      case "arguments_delta":
      case "refusal_delta":
        this.#content();
        if (event.type !== "text_delta") return;
        this.text += event.text;
        this.#onText?.(event.text);
        return;
      case "usage":
        this.usage = event.usage;
        return;
      case "error":
        this.#fail(event.code, event.message);
        this.#ended = true;
        return;
      case "end":
        this.#ended = true;
    }
  }

  #content(): void {
    const now = performance.now();
    if (this.firstAt < 0) this.firstAt = now;
    else this.gaps.push(now - this.lastAt);
    this.lastAt = now;
  }

  #fail(type: string, message: string): void {
    this.error ??= { type, message };
  }
}

function isBadAnswer(error: unknown): error is Error {
  return error instanceof GatewayError || error instanceof EventTooLargeError ||
    error instanceof FramingError ||
    error instanceof SyntaxError;
}

/** What an error's body says, in OpenAI's shape or Anthropic's, or the status alone. */
function errorOf(status: number, body: Record<string, unknown> | null): { type: string; message: string } {
  const error = body?.error;
  if (typeof error === "string") return { type: `http_${status}`, message: error };
  if (typeof error !== "object" || error === null) {
    return { type: `http_${status}`, message: `the answer's status is ${status}` };
  }
  const { code, type, message } = error as Record<string, unknown>;
  const name = [code, type].find((value) => typeof value === "string" && value !== "");
  return {
    type: typeof name === "string" ? name : `http_${status}`,
    message: typeof message === "string" ? message : `the answer's status is ${status}`,
  };
}
