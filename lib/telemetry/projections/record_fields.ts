import {
  Attempt,
  Exchange,
  ModelCall,
  type Phases,
  type Principal,
  type StageName,
  StageRun,
  StoreOperation,
} from "../exchange.ts";

/**
 * What records are read from, field by field. {@linkcode RecordWriter} writes the same fields in the same order: a
 * test holds that both agree.
 */
export interface RecordSource {
  /** Begins a piece of a record: its names may be those of the last one of its kind. */
  piece(kind: PieceKind): void;
  number(): number;
  flag(): boolean;
  /** A text that comes again: a name, a route, an address. */
  name<T extends string>(): T;
  /** A text of its own: an id. */
  text(): string;
  /** What JSON can say, and what comes again as it is. */
  json<T>(): T;
  /** The same of what the whole story alone needs, no row and no figure: where it is passed over, what it gives is not it. */
  storyText(): string;
  storyJson<T>(without: T): T;
  list<T>(items: T[], item: (from: RecordSource) => T): void;
  /** Null where there is none. */
  maybe<T>(item: (from: RecordSource) => T): T | null;
  /** The same of what comes again as a whole. */
  known<T extends object>(item: (from: RecordSource) => T): T | null;
  /** Whether the record has more: one of an earlier version lacks what was added since. */
  readonly more: boolean;
}

/** Pieces of a record whose names are compared with the last one's of the same kind. */
export enum PieceKind {
  Arrival,
  Client,
  AnsweringCall,
  InnerCall,
  Attempt,
}

export const SAID = ["query", "request_body", "response_body"] as const;

/** What was said in a request, redacted and cut. */
export type Said = Readonly<Partial<Record<(typeof SAID)[number], string>>>;

/** A finished request, and what was said in it where that is told. */
export interface RequestRecord {
  readonly exchange: Exchange;
  readonly said: Said | null;
}

const NOWHERE = { finished: () => {} };

/** Everything that log line, spans and rows are made of. */
export function readRecord(from: RecordSource): RequestRecord {
  from.piece(PieceKind.Arrival);
  const exchange = new Exchange(from.number(), from.number(), NOWHERE);
  arrival(from, exchange);
  trace(from, exchange);
  client(from, exchange);
  asked(from, exchange);
  outcome(from, exchange);
  answer(from, exchange);
  times(from, exchange.phases);
  exchange.call = from.maybe(answeringCall);
  from.list(exchange.innerCalls, innerCall);
  from.list(exchange.storeOperations, storeOperation);
  from.list(exchange.stageRuns, stageRun);
  const told = from.maybe(said);
  if (from.more) sinceGaps(from, exchange);
  if (from.more) sinceHeaders(from, exchange);
  return { exchange, said: told };
}

// What was added to records, the newest last: stores hold some of before, and an older version may read these.

function sinceGaps(from: RecordSource, { call, innerCalls }: Exchange): void {
  if (call !== null) call.longestGapMs = from.number();
  for (const inner of innerCalls) inner.longestGapMs = from.number();
}

function sinceHeaders(from: RecordSource, exchange: Exchange): void {
  exchange.requestHeaders = from.maybe(names);
  exchange.responseHeaders = from.maybe(names);
}

// Pieces of about a dozen fields: V8 makes one piece of code of a function and what it calls, as long as it is short.

function arrival(from: RecordSource, exchange: Exchange): void {
  exchange.method = from.name();
  exchange.route = from.name();
  exchange.path = from.name();
  exchange.scheme = from.name();
  exchange.host = from.name();
  exchange.clientAddress = from.name();
  exchange.userAgent = from.name();
  exchange.requestId = from.text();
  exchange.dialect = from.name();
  exchange.runId = from.text();
}

function trace(from: RecordSource, exchange: Exchange): void {
  exchange.traced = from.flag();
  exchange.sampled = from.flag();
  exchange.traceId = from.text();
  exchange.spanId = from.storyText();
  exchange.parentSpanId = from.storyText();
  exchange.traceState = from.name();
  exchange.samplingReason = from.name();
  exchange.samplingWeight = from.number();
}

function client(from: RecordSource, exchange: Exchange): void {
  exchange.principal = from.known(principal);
  from.piece(PieceKind.Client);
  exchange.user = from.name();
  exchange.metadata = from.json();
  exchange.sessionId = from.name();
}

function asked(from: RecordSource, exchange: Exchange): void {
  exchange.parameters = from.storyJson(exchange.parameters);
  exchange.headerAttributes = from.storyJson(exchange.headerAttributes);
  exchange.requestedModel = from.name();
  exchange.stream = from.flag();
  exchange.requestBytes = from.number();
}

function outcome(from: RecordSource, exchange: Exchange): void {
  exchange.responseBytes = from.number();
  exchange.status = from.number();
  exchange.sentStatus = from.number();
  exchange.outcome = from.name();
  exchange.errorType = from.name();
  exchange.errorMessage = from.name();
  exchange.cancelStage = from.name();
}

function answer(from: RecordSource, exchange: Exchange): void {
  exchange.rateLimit = from.name();
  exchange.cache = from.name();
  exchange.category = from.name();
  exchange.securityAction = from.name();
  exchange.costUsd = from.number();
  exchange.droppedParams = from.name();
  exchange.answerHeaders = from.maybe(names);
  exchange.endedAt = from.number();
  exchange.firstByteAt = from.number();
}

function times(from: RecordSource, phases: Phases): void {
  phases.parse = from.number();
  phases.auth = from.number();
  phases.classify = from.number();
  phases.guard = from.number();
  phases.cache = from.number();
  phases.route = from.number();
  phases.select = from.number();
  phases.inject = from.number();
  phases.queue = from.number();
  phases.connect = from.number();
  phases.ttft = from.number();
  phases.relay = from.number();
  phases.serialise = from.number();
}

function principal(from: RecordSource): Principal {
  return {
    owner: from.name(),
    keyTail: from.name(),
    name: from.name(),
    tags: from.storyJson({}),
    keyId: from.name(),
    team: from.name(),
    userId: from.name(),
    // What may be asked and used up is no part of what happened.
    limited: [],
    access: null,
  };
}

function answeringCall(from: RecordSource): ModelCall {
  from.piece(PieceKind.AnsweringCall);
  return call(from);
}

function innerCall(from: RecordSource): ModelCall {
  from.piece(PieceKind.InnerCall);
  return call(from);
}

function call(from: RecordSource): ModelCall {
  const it = new ModelCall(from.name());
  called(from, it);
  callTimes(from, it);
  tokens(from, it);
  from.list(it.attempts, attempt);
  return it;
}

function called(from: RecordSource, it: ModelCall): void {
  it.provider = from.name();
  it.system = from.name();
  it.model = from.name();
  it.responseModel = from.name();
  it.responseId = from.storyText();
  it.spanId = from.storyText();
  it.parentSpanId = from.storyText();
  it.status = from.name();
  it.errorType = from.name();
}

function callTimes(from: RecordSource, it: ModelCall): void {
  it.startedAt = from.number();
  it.firstChunkAt = from.number();
  it.lastChunkAt = from.number();
  it.endedAt = from.number();
  it.chunks = from.number();
}

function tokens(from: RecordSource, it: ModelCall): void {
  it.inputTokens = from.number();
  it.outputTokens = from.number();
  it.cachedTokens = from.number();
  it.cacheCreationTokens = from.number();
  it.reasoningTokens = from.number();
  it.usageEstimated = from.flag();
  it.finishReason = from.name();
  it.parameters = from.storyJson(it.parameters);
  it.costUsd = from.number();
  it.pausedMs = from.number();
  it.beside = from.flag();
}

function attempt(from: RecordSource): Attempt {
  from.piece(PieceKind.Attempt);
  const it = new Attempt(from.name(), from.name());
  tried(from, it);
  attemptTimes(from, it);
  return it;
}

function tried(from: RecordSource, it: Attempt): void {
  it.method = from.name();
  it.status = from.name();
  it.httpStatus = from.number();
  it.errorType = from.name();
  it.spanId = from.storyText();
  it.serverAddress = from.name();
  it.serverPort = from.number();
  it.url = from.name();
  it.upstreamRequestId = from.storyText();
}

function attemptTimes(from: RecordSource, it: Attempt): void {
  it.startedAt = from.number();
  it.queuedMs = from.number();
  it.headersAt = from.number();
  it.firstChunkAt = from.number();
  it.endedAt = from.number();
  it.hedge = from.flag();
  it.continues = from.flag();
}

function storeOperation(from: RecordSource): StoreOperation {
  const it = new StoreOperation(from.name(), from.name(), from.name(), from.number());
  it.status = from.name();
  it.spanId = from.storyText();
  it.parentSpanId = from.storyText();
  it.endedAt = from.number();
  it.conversationId = from.storyText();
  it.messageCount = from.number();
  it.conversationModel = from.name();
  return it;
}

function stageRun(from: RecordSource): StageRun {
  const it = new StageRun(from.name<StageName>(), from.number());
  it.spanId = from.storyText();
  it.endedAt = from.number();
  it.errorType = from.name();
  it.facts = from.storyJson(it.facts);
  return it;
}

function said(from: RecordSource): Said {
  const fields: Partial<Record<keyof Said, string>> = {};
  for (const name of SAID) {
    const told = from.maybe(text);
    if (told !== null) fields[name] = told;
  }
  return fields;
}

function text(from: RecordSource): string {
  return from.text();
}

function names(from: RecordSource): string[] {
  const list: string[] = [];
  from.list(list, name);
  return list;
}

function name(from: RecordSource): string {
  return from.name();
}
