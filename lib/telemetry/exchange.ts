/**
 * The record of one request, from which log line, spans, metrics, cost and console are computed. Marking is a
 * store into a field; nothing here allocates on the way except a call, an attempt or a store operation.
 *
 * All `…At` fields are monotonic milliseconds ({@linkcode Clock.now}); `NaN` means "did not happen". To get a
 * wall-clock time: `exchange.wallStart + (at - exchange.startedAt)`.
 */

import type { Access } from "../stores/key_access.ts";
import type { Limits } from "../stores/key_records.ts";
import type { Transcriber } from "./projections/transcript.ts";

/** How a request ended. `blocked` is a guardrail's, `rejected` any other 4xx that the gateway or a provider gave. */
export type Outcome = "success" | "rejected" | "error" | "cancelled" | "blocked";

/** Client families: whose error shape and headers apply. */
export type Dialect = "openai" | "anthropic" | "google" | "ollama" | "cohere";

export type AttemptStatus = "success" | "error" | "cancelled";

/** Labels of `provider_requests_total{operation}`. */
export type Operation =
  | "generate"
  | "generate_stream"
  | "complete"
  | "complete_stream"
  | "embed"
  | "rerank"
  | "moderate"
  | "audio"
  | "images"
  | "files"
  | "batches"
  | "vector_stores"
  | "count_tokens";

/** One HTTP request to a provider. */
export class Attempt {
  method = "POST";
  status: AttemptStatus | "" = "";
  /** HTTP status of the answer; 0: none came. */
  httpStatus = 0;
  errorType = "";
  spanId = "";
  /** `host` and port that were called. */
  serverAddress = "";
  serverPort = 0;
  /** Without its query, where traced. */
  url = "";
  upstreamRequestId = "";
  /** When the request was handed to the client; before it, it may have waited in the queue (`queuedMs`). */
  startedAt = NaN;
  queuedMs = NaN;
  headersAt = NaN;
  firstChunkAt = NaN;
  endedAt = NaN;
  /** Sent beside another one, which was taking long. */
  hedge = false;
  /** It went on with an answer that another one left. */
  continues = false;
  constructor(
    /** As configured. */
    readonly provider: string,
    /** As sent to the provider. */
    readonly model: string,
  ) {}
}

/** One logical call of a model with all its attempts. */
export class ModelCall {
  /** Provider and model of the last attempt: the one that answered, if one did. */
  provider = "";
  /** The provider's kind (`openai`, `anthropic`), for `gen_ai.provider.name`; empty: named like the provider. */
  system = "";
  model = "";
  /** The model that the provider says answered. */
  responseModel = "";
  responseId = "";
  spanId = "";
  /** The span of the stage that made the call; empty: the request's. */
  parentSpanId = "";
  status: AttemptStatus | "" = "";
  errorType = "";
  startedAt = NaN;
  firstChunkAt = NaN;
  lastChunkAt = NaN;
  endedAt = NaN;
  /** Content events of a stream, as the provider sent them. */
  chunks = 0;
  /** The longest time between two of them that came one after the other, milliseconds; `NaN`: there are not two. */
  longestGapMs = NaN;
  /** Input tokens with the cached ones among them; `NaN`: unknown. */
  inputTokens = NaN;
  outputTokens = NaN;
  cachedTokens = NaN;
  cacheCreationTokens = NaN;
  reasoningTokens = NaN;
  /** The counts are the gateway's own estimate (a cancelled stream, a provider that reports none). */
  usageEstimated = false;
  finishReason = "";
  parameters: RequestParameters | null = null;
  /** What its tokens cost, US dollars; `NaN`: unknown. */
  costUsd = NaN;
  /** Milliseconds in which none of its attempts was under way, and providers all the same were waited for. */
  pausedMs = 0;
  /** It went on beside the one that answered, whose time has its own in it. */
  beside = false;
  readonly attempts: Attempt[] = [];
  constructor(readonly operation: Operation) {}
}

/** One operation on a store, on the path of the request. */
export class StoreOperation {
  status: "success" | "not_found" | "error" = "success";
  spanId = "";
  /** The span that it belongs to; empty: the request's. */
  parentSpanId = "";
  endedAt = NaN;
  conversationId = "";
  messageCount = NaN;
  conversationModel = "";
  constructor(
    /** `conversation`, `cache`. */
    readonly store: string,
    readonly backend: string,
    /** `get`, `create`, `update`, `delete`, `append`, `list`, `get_item`, `delete_item`. */
    readonly operation: string,
    readonly startedAt: number,
  ) {}
}

/** What a guardrail did. */
export type SecurityAction = "allowed" | "redacted" | "annotated" | "routed" | "blocked";

/** What each stage with a span of its own tells of its run. */
export interface StageFacts {
  readonly classification: {
    readonly category: string;
    /** `keyword`, `embedding`, `model`, … */
    readonly classifier: string;
  };
  readonly pii_detection: {
    readonly detected: boolean;
    readonly types: readonly string[];
    readonly action: SecurityAction;
  };
  readonly jailbreak_detection: {
    readonly detected: boolean;
    readonly action: SecurityAction;
    /** What is tried (`override`, `prompt_leak`, …); empty: nothing. */
    readonly type: string;
    /** Who was surest (`patterns`, `model`, …). */
    readonly detector: string;
    /** How sure, from 0 to 1; `NaN`: nothing was found. */
    readonly score: number;
    /** Who said it: `user`, `tool`, `document`, … */
    readonly by: string;
  };
  readonly cache_lookup: {
    readonly hit: boolean;
    readonly kind: "exact" | "semantic";
    readonly key: string;
  };
  readonly routing_decision: {
    /** `auto`, `specified`, or the name of what chose. */
    readonly strategy: string;
    readonly reason: string;
    readonly requestedModel: string;
    readonly selectedModel: string;
    /** Models among which it chose. */
    readonly modelCount: number;
    /** Null: nothing was decided about it. */
    readonly reasoningEnabled: boolean | null;
    readonly reasoningEffort: string;
  };
  readonly backend_selection: {
    readonly endpoint: string;
    readonly policy: string;
    readonly candidates: number;
  };
  readonly system_prompt_injection: {
    readonly category: string;
    /** `prepend`, `append` or `replace`. */
    readonly mode: string;
  };
}

export type StageName = keyof StageFacts;

/** One run of a stage, on the path of the request. */
export class StageRun<Name extends StageName = StageName> {
  spanId = "";
  endedAt = NaN;
  /** Set where the stage failed. */
  errorType = "";
  /** Null until the stage has found something out. */
  facts: StageFacts[Name] | null = null;
  constructor(readonly stage: Name, readonly startedAt: number) {}
}

/** What the client asked of the model besides its messages, by OpenTelemetry's names for it. */
export interface RequestParameters {
  temperature?: number;
  top_p?: number;
  top_k?: number;
  max_tokens?: number;
  frequency_penalty?: number;
  presence_penalty?: number;
  seed?: number;
  /** Answers asked for (`n`). */
  choice_count?: number;
  stop_sequences?: readonly string[];
  /** `text` or `json`. */
  output_type?: string;
  reasoning_effort?: string;
}

/** The gateway's own phases, milliseconds; `NaN`: did not happen. Rows of `gateway_phase_duration_seconds`. */
export class Phases {
  parse = NaN;
  auth = NaN;
  classify = NaN;
  guard = NaN;
  cache = NaN;
  route = NaN;
  select = NaN;
  inject = NaN;
  queue = NaN;
  connect = NaN;
  ttft = NaN;
  relay = NaN;
  serialise = NaN;
}

export type Phase = keyof Phases;

/** What a request has taken of its limits. */
export interface Hold {
  /** Gives back what was not used, by the finished record. Throws nothing. */
  settle(exchange: Exchange): void;
}

/** What `finish()` hands the record to: accounts at once, projections later. */
export interface ExchangeSink {
  finished(exchange: Exchange): void;
}

const NO_PARAMS: PathParams = Object.freeze({});

/** Somebody whose limits hold for a request. */
export interface LimitedAccount {
  readonly kind: "key" | "user" | "team";
  /** As {@linkcode Principal} has it: `keyId`, `userId` or `team`. */
  readonly id: string;
  /** For people; the id where there is no name. */
  readonly name: string;
  readonly limits: Limits;
}

/** Who asks, once authentication said so. */
export interface Principal {
  /** Owner of everything that is stored for the caller; never the key itself. */
  readonly owner: string;
  /** Last four characters of the key. */
  readonly keyTail: string;
  /** The key's, for people. */
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  /** `key_…` of a virtual key, the name of a configured one. */
  readonly keyId: string;
  /** Id of the key's team; empty: none. */
  readonly team: string;
  /** Id of the key's user; empty: none. */
  readonly userId: string;
  /** What it may ask for; null: everything. */
  readonly access: Access | null;
  /** The key, its user and its team, as far as they have limits. */
  readonly limited: readonly LimitedAccount[];
}

/** The client's end of a request, as the server sees it. Costs nothing until a request takes a while. */
export interface Client {
  /** The client left before its answer was handed over. */
  readonly gone: boolean;
  /** Called once when the client leaves before its answer was handed over; null: nobody listens. */
  onGone: (() => void) | null;
  /** Set while its body is waited for, whose end tells that the client left. */
  sending: boolean;
  /** Set where the client goes on sending what nobody reads: its connection is closed once it has its answer. */
  closing: boolean;
  /** Closes the client's connection at once, unless other requests are on it: for a reader that stalls. */
  abort(): void;
}

/** Variable parts of a path, by their names in the route's template. */
export type PathParams = Readonly<Record<string, string>>;

/** Keeps what was said until it is logged and traced. */
export interface ExchangeContent {
  readonly request: Uint8Array | null;
  readonly response: Uint8Array | null;
  /** Reads the conversation for a trace; null: there is none, or no trace wants it. */
  transcribe: Transcriber | null;
  addRequest(body: Uint8Array): void;
  addResponse(bytes: Uint8Array): void;
}

/** What a route leads to. */
export type Endpoint = (exchange: Exchange, params: PathParams) => Promise<Response>;

export class Exchange {
  // Arrival.
  method = "";
  /** The route's template (`/v1/responses/{id}`), `other` where none matched: a bounded label. */
  route = "other";
  /** The canonical path as it was asked for. */
  path = "";
  /** The query string with its `?`, or empty; may hold a secret, so nothing prints it. */
  query = "";
  scheme = "http";
  host = "";
  clientAddress = "";
  userAgent = "";
  requestId = "";
  /** The client family, in whose shape errors are answered. */
  dialect: Dialect = "openai";
  /** Health and metrics: counted, logged at DEBUG, never traced. */
  background = false;
  /**
   * The response whose run in the background this is; empty: a request. A run is no request, and not counted as one;
   * it goes on after the request that began it was answered.
   */
  runId = "";
  /** The handler gave a streamed body and finishes the record itself at the body's end. */
  deferred = false;

  // Trace. The head decision is `sampled`; `traced` says that tracing is on, so that the ids are real.
  traced = false;
  sampled = false;
  traceId = "";
  spanId = "";
  parentSpanId = "";
  traceState = "";
  /** The caller's `random-trace-id` flag, which goes on with its trace id. */
  traceRandom = false;
  /**
   * `traceparent` of its own span and, until that is used, of the first call's, where they are made already: of a
   * trace that begins here. Empty: to be made of the ids.
   */
  ownTraceparent = "";
  calleesTraceparent = "";
  /** The trace may be kept: what it would show is worth collecting. */
  detailed = false;
  /** The caller said that it does not keep this trace. */
  unsampledParent = false;
  /** The caller's `baggage` as far as it is valid, for providers that may have it. */
  baggage = "";
  /** Why the trace is kept, where rules at the end are configured: a rule's name, or `head`. */
  samplingReason = "";
  /** How many traces this one stands for; `NaN`: nobody knows. */
  samplingWeight = NaN;

  // Who.
  principal: Principal | null = null;
  /** The header that held the gateway's own key, which no provider gets; `?key`: the query did; empty: nothing. */
  keyHeader = "";
  user = "";
  metadata: Readonly<Record<string, string>> | null = null;
  /** The conversation that the client says a request belongs to. */
  sessionId = "";
  /** Null where nobody wants to know. */
  parameters: RequestParameters | null = null;
  /** Values of headers that are configured as attributes: name, value, name, value, … */
  headerAttributes: readonly string[] | null = null;
  /** Headers of the request and of its answer, fit to be kept: name, value, name, value, …; null where they are not. */
  requestHeaders: string[] | null = null;
  responseHeaders: string[] | null = null;

  // What was asked and what became of it.
  requestedModel = "";
  stream = false;
  /** Bodies as counted on the wire. */
  requestBytes = 0;
  responseBytes = 0;
  /** Status that is logged, counted and stored: 499 for a caller's cancel. */
  status = 0;
  /** Status that went out to the client; 0: none did. */
  sentStatus = 0;
  outcome: Outcome | "" = "";
  errorType = "";
  /** A message that is fit for a log: no secret, no raw provider page. */
  errorMessage = "";
  /** Where a cancel caught it: `before_headers`, `before_first_token`, `streaming`. */
  cancelStage = "";
  rateLimit = "";
  /** What it holds of its limits until it ends; null: nothing. */
  hold: Hold | null = null;
  /** Its limits were judged by this process's own counts, since those of all were not to be had. */
  limitsDegraded = false;
  cache = "";
  category = "";
  securityAction = "";
  costUsd = NaN;
  droppedParams = "";

  /** What was said; null where nobody wants it told, as by default. */
  content: ExchangeContent | null = null;

  // Time.
  endedAt = NaN;
  /** First byte of the answer's content on its way to the client. */
  firstByteAt = NaN;
  /** Logged once as slow while still open. */
  slowLogged = false;
  readonly phases: Phases = new Phases();

  /** The call that answers the client. */
  call: ModelCall | null = null;
  /**
   * Calls besides that one: stages' own (a classifier's, a guardrail's), hedges that were not the sooner, and what
   * broke off and was gone on with by another target.
   */
  readonly innerCalls: ModelCall[] = [];
  readonly storeOperations: StoreOperation[] = [];
  readonly stageRuns: StageRun[] = [];

  // What the request's handlers need and nobody reads after the end; released by `finish()`.
  request: Request | null = null;
  client: Client | null = null;
  /** The matched route's handler and the variable parts of the path. */
  endpoint: Endpoint | null = null;
  params: PathParams = NO_PARAMS;
  /** Response headers that layers and endpoints add to whatever is answered: name, value, name, value, … */
  answerHeaders: string[] | null = null;

  /** Its neighbours among the requests that have not ended; the recorder's. */
  olderOpen: Exchange | null = null;
  youngerOpen: Exchange | null = null;

  constructor(
    readonly startedAt: number,
    readonly wallStart: number,
    readonly sink: ExchangeSink,
  ) {}

  get finished(): boolean {
    return this.outcome !== "";
  }

  /**
   * Ends the record. Only the first call counts, whatever came first: the last byte, a cancel, an error.
   * @returns whether this call was the one.
   */
  finish(outcome: Outcome, status: number, endedAt: number): boolean {
    if (this.outcome !== "") return false;
    this.outcome = outcome;
    this.status = status;
    this.endedAt = endedAt;
    this.request = null;
    this.client = null;
    this.endpoint = null;
    this.params = NO_PARAMS;
    this.sink.finished(this);
    if (this.hold !== null) {
      this.hold.settle(this);
      this.hold = null;
    }
    return true;
  }
}
