import type { ErrorDetails, GatewayError } from "../errors.ts";
import type {
  ChatRequest,
  ChatResponse,
  ClientFormat,
  JsonObject,
  StreamEvent,
  Usage,
  WireFormat,
} from "./canonical.ts";
import type { Framing, WireEvent } from "./framing.ts";

/**
 * What becomes of a request field on its way into a format. `drop_params` decides what a codec does with a
 * field that the format cannot express: it reports it here, and the caller refuses the request or signals it.
 */
export interface EncodedRequest {
  readonly body: JsonObject;
  /** Canonical field names (`seed`, `n`, `logprobs`, …) that the format cannot express, in order. */
  readonly dropped: readonly string[];
}

/** What an answer shows of the request it answers (the responses API echoes most of it). */
export interface EncodeContext {
  /** Id of the answer in the client's format, made by the gateway when the formats differ. */
  readonly id: string;
  /** Model name as the client asked for it. */
  readonly model: string;
  /** Unix seconds. */
  readonly created: number;
  /** The client's own request, parsed, in the client's format. */
  readonly request: JsonObject;
  /** Whether a chat stream ends with a usage chunk. */
  readonly includeUsage: boolean;
}

/** Turns a provider's events into canonical ones; keeps the stream's state. */
export interface EventDecoder {
  push(event: WireEvent): StreamEvent[];
  /**
   * The body ended without a terminal event. What a format says then that has none; absent or empty: the
   * stream broke off.
   */
  bodyEnded?(): StreamEvent[];
}

/** Turns canonical events into the client's stream; keeps the stream's state. */
export interface EventEncoder {
  /** What `Framing.bytes` takes, or the empty string where the event shows nothing in this format. */
  push(event: StreamEvent): string;
  /** Events that it wrote, of a format that numbers them; one that `push` is given may become several. */
  readonly sequence?: number;
  /**
   * The terminal object of what was streamed so far, for the store: a `response` object of the responses API,
   * otherwise null. Complete once `end` was pushed; must be called before `end` is encoded when the terminal
   * event has to wait for a commit, and then shows what `end` will say.
   */
  final(): JsonObject | null;
}

/** An error that a provider tells of under a status of success. */
export interface ObservedError {
  /** Its code or type. */
  readonly code: string;
  /** Fit for a log. */
  readonly message: string;
  /** The HTTP status that it names, if it names one. */
  readonly status?: number;
}

/** What the gateway has to know of an answer that it passes through. */
export interface Observed {
  responseId: string;
  model: string;
  finishReason: string;
  usage: Usage | null;
  /** The provider's error event or an error in the body. */
  error: ObservedError | null;
  /** Responses API: the terminal `response` object, for the conversation store. */
  final: JsonObject | null;
}

/** What one event of a passed-through stream is. */
export enum EventKind {
  /** Role chunk, `response.created`, `message_start`, ping: held until content comes. */
  Prelude = 0,
  /** Content of any kind: from here on nothing can be taken back. */
  Content = 1,
  /** Chat's usage-only chunk, withheld from a client that did not ask for it. */
  Usage = 2,
  /** The last event; what follows is dropped. */
  Terminal = 3,
  /** An error event of the provider; terminal too. */
  Error = 4,
}

/** Reads along a stream that is passed through as bytes. Costs a few microseconds an event. */
export interface StreamObserver {
  readonly observed: Observed;
  push(event: WireEvent): EventKind;
  /** The body ended: `Terminal` where that is how a stream of this format ends. Absent: it never is. */
  bodyEnded?(): EventKind;
}

/** A format as clients speak it. Stateless; encoders and observers hold the state of one stream. */
export interface ClientCodec {
  readonly format: ClientFormat;
  /** How its streams are framed, a provider's and, unless the endpoint says otherwise, a client's. */
  readonly framing: Framing;
  /** Its requests name model and streaming in the path: their bodies have no `model` and no `stream`. */
  readonly modelInPath?: true;
  /** What a stream has behind its terminal event, as `Framing.bytes` takes it; absent: nothing. */
  readonly streamTail?: string;
  /** A request that does not say `stream` asks for one. */
  readonly streamsByDefault?: true;
  /**
   * Request fields, in the words of `EncodedRequest.dropped`, without which a request means something else: where
   * a target's format cannot express them, the request is refused, with these details for programs.
   */
  readonly indispensable?: ReadonlyMap<string, ErrorDetails | null>;
  /**
   * @throws {GatewayError} `invalid_request`, with the parameter's path, where the body does not say what a
   * request of this format must.
   */
  decodeRequest(body: JsonObject): ChatRequest;
  /** @throws {GatewayError} `upstream_invalid_response` where the body is not an answer of this format. */
  decodeResponse(body: JsonObject): ChatResponse;
  eventDecoder(): EventDecoder;
  encodeResponse(response: ChatResponse, context: EncodeContext): JsonObject;
  eventEncoder(context: EncodeContext): EventEncoder;
  /** What a whole answer says, without decoding more of it than is needed. */
  observeResponse(body: JsonObject): Observed;
  streamObserver(): StreamObserver;
  /**
   * What `Framing.bytes` takes of an error event after the stream was committed, and whatever ends a stream in this format.
   * @param status what the error is counted as: an answer that broke off is never the client's fault.
   * @param sequence events that the client was shown before.
   */
  encodeErrorEvent(error: GatewayError, status: number, sequence: number): string;
  /** A new id of an answer in this format, with 128 random bits. */
  newId(): string;
}

/** A wire format at both ends: what clients and providers speak. */
export interface Codec extends ClientCodec {
  readonly format: WireFormat;
  encodeRequest(request: ChatRequest): EncodedRequest;
}
