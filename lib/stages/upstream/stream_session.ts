import type { Clock } from "../../clock.ts";
import { GatewayError } from "../../errors.ts";
import type { UpstreamHeaders } from "../../providers/provider.ts";
import type { Client, Exchange, ModelCall, Outcome } from "../../telemetry/exchange.ts";
import type { ClientCodec } from "../../wire/codec.ts";
import type { Framing } from "../../wire/framing.ts";
import type { AnswerTap } from "../answer_tap.ts";
import type { ModelRequest } from "../model_request.ts";
import { clientGone } from "./failure.ts";
import { endCall, estimateUsage, recordError, recordObserved, recordUnended } from "./call_record.ts";
import { isBlocked } from "./failure.ts";
import type { Endable, OpenAnswers } from "./open_answers.ts";
import { StreamOutput, type StreamOutputOptions, type StreamSource } from "./stream_output.ts";
import type { StreamTranslator } from "./translator.ts";

export interface StreamSessionOptions extends StreamOutputOptions {
  readonly clock: Clock;
  /** Tokens are estimated where the provider tells of none. Default true. */
  readonly estimates?: boolean;
}

/** What of a request a session needs. */
export interface SessionRequest extends Pick<ModelRequest, "beforeEnd"> {
  readonly tap?: AnswerTap | null;
  readonly framing: Pick<Framing, "bytes" | "ping">;
}

/** What of an answer a session asks for. */
export type AnswerView = Pick<StreamTranslator, "observed" | "sequence" | "final" | "end">;

/** What a session needs of the attempt that feeds it. */
export interface SessionFeed {
  /** Of the provider's answer; absent or null: none came. */
  readonly headers?: UpstreamHeaders | null;
  readonly translator: AnswerView;
  readonly handle: { resume(): void } | null;
}

/**
 * One streamed answer from the commit to the last byte, over whatever attempts it takes. It is opened (headers
 * go out) by the first content or by time; it begins with the first content, after which nothing can be retried;
 * it ends once, and finishes the Exchange then.
 */
export class StreamSession implements StreamSource, Endable {
  place = -1;
  /** Resolves when the answer can begin. */
  readonly opened: Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
  /** Content went out. */
  began = false;
  /** Called when the client leaves before or after the start; set by who runs the attempts. */
  onAbandoned: () => void = () => {};
  #open!: (body: ReadableStream<Uint8Array<ArrayBuffer>>) => void;
  #output: StreamOutput | null = null;
  #feed: SessionFeed | null = null;
  #over = false;
  /** The client left, and the answer is made for others. */
  #alone = false;
  /** The record lets go of it when it ends; the last bytes may wait for longer. */
  readonly #client: Client | null;

  constructor(
    private readonly exchange: Exchange,
    private readonly request: SessionRequest,
    private readonly call: ModelCall,
    /** Null: what is sent has no way to tell of an error but to break off. */
    private readonly codec: Pick<ClientCodec, "encodeErrorEvent"> | null,
    private readonly options: StreamSessionOptions,
    private readonly openAnswers: OpenAnswers,
  ) {
    this.opened = new Promise((resolve) => this.#open = resolve);
    this.#client = exchange.client;
  }

  private get clock(): Clock {
    return this.options.clock;
  }

  /** Headers of the provider whose answer it is; null: none came yet. */
  get headers(): UpstreamHeaders | null {
    return this.#feed?.headers ?? null;
  }

  get waitingBytes(): number {
    return this.#output?.waitingBytes ?? 0;
  }

  get isOpen(): boolean {
    return this.#output !== null;
  }

  /** Lets the answer's headers go out; from here on errors are events and the session finishes the Exchange. */
  open(): StreamOutput {
    if (this.#output === null) {
      this.exchange.deferred = true;
      this.openAnswers.add(this);
      this.#output = new StreamOutput(this.options, this, this.request.framing.ping);
      if (this.#alone) this.#output.close();
      this.#open(this.#output.body);
    }
    return this.#output;
  }

  /** The time is up though no content came: the client hears that it is being served. */
  commit(): void {
    if (this.#output === null) this.open().ping();
  }

  /** An attempt feeds it from now on. */
  follow(feed: SessionFeed): void {
    this.#feed = feed;
  }

  /** The first content is here: what its attempt wrote so far goes out. */
  begin(): void {
    if (this.began || this.#over) return;
    this.began = true;
    this.exchange.firstByteAt = this.clock.now();
    this.exchange.phases.ttft = this.exchange.firstByteAt - this.call.startedAt;
    this.open();
  }

  /** @returns false where the client does not keep up. */
  write(bytes: Uint8Array<ArrayBuffer>): boolean {
    if (this.exchange.content !== null) this.exchange.content.addResponse(bytes);
    const { tap = null } = this.request;
    if (tap !== null) return this.#shareWith(tap, bytes);
    return this.#output?.write(bytes) ?? true;
  }

  #shareWith(tap: AnswerTap, bytes: Uint8Array<ArrayBuffer>): boolean {
    tap.onDrain ??= () => this.resume();
    const othersKeepUp = tap.write(bytes);
    const clientKeepsUp = this.#alone || (this.#output?.write(bytes) ?? true);
    return othersKeepUp && (clientKeepsUp || tap.shared);
  }

  /** The terminal event was seen: it goes out once what it acknowledges is stored. */
  complete(translator: AnswerView): void {
    if (this.#over) return;
    recordObserved(this.call, translator.observed);
    if (translator.observed.usage === null && this.options.estimates !== false) {
      estimateUsage(this.call, this.exchange.requestBytes);
    }
    endCall(this.call, "success", "", this.clock.now());
    const { beforeEnd } = this.request;
    const final = beforeEnd === null || this.#alone ? null : translator.final();
    if (beforeEnd === null || final === null) return this.#end(translator);
    beforeEnd(final).then(() => this.#end(translator), (cause) => this.fail(storeFailure(cause)));
  }

  /** Ends an open answer by an error event in the client's dialect. */
  fail(error: GatewayError): void {
    if (this.#over) return;
    const now = this.clock.now();
    const { call, exchange } = this;
    this.request.tap?.fail(error);
    if (call.status === "") {
      // The attempt is over already unless it is the gateway that ends.
      this.onAbandoned();
      this.recordUnended();
      endCall(call, "error", error.code, now);
    }
    if (!this.#alone) recordError(exchange, error);
    // A refusal is one whether or not the headers were out; an answer that broke off is nobody's but our fault.
    const blocked = isBlocked(error);
    const status = this.began && error.status < 500 && !blocked ? 502 : error.status;
    if (this.codec === null) {
      this.#output?.break();
    } else {
      const sequence = this.#feed?.translator.sequence ?? 0;
      this.write(this.request.framing.bytes(this.codec.encodeErrorEvent(error, status, sequence)));
    }
    this.#close(blocked ? "blocked" : status < 500 ? "rejected" : "error", status, now);
  }

  resume(): void {
    this.#feed?.handle?.resume();
  }

  abandoned(): void {
    if (this.#over || this.#alone) return;
    if (!this.outlives()) this.#abandon();
  }

  /** The client left. @returns whether the answer is made all the same, for others. */
  outlives(): boolean {
    const { exchange, request: { tap = null } } = this;
    if (this.#over) return false;
    exchange.cancelStage = !this.isOpen ? "before_headers" : this.began ? "streaming" : "before_first_token";
    this.#alone = tap !== null && tap.outlives(() => this.isOpen ? this.#abandon() : this.onAbandoned());
    // It may have been waiting for this client.
    if (this.#alone) this.resume();
    return this.#alone;
  }

  #abandon(): void {
    if (this.#over) return;
    const now = this.clock.now();
    const { call } = this;
    this.request.tap?.fail(clientGone());
    if (call.status === "") {
      this.recordUnended();
      endCall(call, "cancelled", "", now);
    }
    this.onAbandoned();
    this.#close("cancelled", 499, now);
  }

  stalled(): void {
    // The connection has to go at once: its server waits for the client as we did.
    this.#client?.abort();
    this.abandoned();
  }

  /** Notes what was seen of an answer that does not come to its end. */
  recordUnended(): void {
    if (this.#feed !== null) {
      recordUnended(this.call, this.#feed.translator.observed, this.exchange.requestBytes);
    }
  }

  #end(translator: AnswerView): void {
    if (this.#over) return;
    const last = translator.end();
    if (last.length > 0) this.write(last);
    this.request.tap?.end(translator.observed.usage);
    this.#close("success", 200, this.clock.now());
  }

  #close(outcome: Outcome, status: number, now: number): void {
    this.#over = true;
    this.openAnswers.delete(this);
    const { exchange } = this;
    const output = this.#output;
    if (output !== null) {
      output.close();
      exchange.responseBytes = output.bytes;
    }
    exchange.sentStatus = 200;
    if (this.began) exchange.phases.relay = now - exchange.firstByteAt;
    if (this.#alone) exchange.finish("cancelled", 499, now);
    else exchange.finish(outcome, status, now);
  }
}

function storeFailure(cause: unknown): GatewayError {
  if (cause instanceof GatewayError) return cause;
  return new GatewayError("conversation_store_unavailable", "The response could not be stored.", { cause });
}
