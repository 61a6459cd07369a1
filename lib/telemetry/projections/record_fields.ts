import {
  Attempt,
  Exchange,
  ModelCall,
  type Phases,
  type Principal,
  StageRun,
  StoreOperation,
} from "../exchange.ts";

/**
 * What reads a record gives back what was written, whatever it is given. {@linkcode RecordWriter} writes the same
 * fields in the same order: a test holds that both agree.
 */
export interface RecordIo {
  /** `NaN` and whole numbers take the least room. */
  number(value: number): number;
  flag(value: boolean): boolean;
  /** A text that comes again: a name, a route, an address. */
  name<T extends string>(value: T): T;
  /** A text of its own: an id. */
  text(value: string): string;
  /** What JSON can say, and what comes again as it is. */
  json<T>(value: T): T;
  /** The same of what the whole story alone needs, no row and no figure. */
  storyText(value: string): string;
  storyJson<T>(value: T): T;
  /** @param item null: one that is to be made. */
  list<T>(items: T[], item: (io: RecordIo, item: T | null) => T): void;
  /** An object that comes again as it is. */
  same<T extends object>(value: T | null, item: (io: RecordIo, item: T | null) => T): T;
  /** Null where there is none. */
  maybe<T>(value: T | null, item: (io: RecordIo, item: T | null) => T): T | null;
  /** Whether the record has more: one of an earlier version lacks what was added since. */
  readonly more: boolean;
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
export function record(io: RecordIo, it: RequestRecord | null): RequestRecord {
  const given = it?.exchange ?? null;
  const startedAt = io.number(given?.startedAt ?? NaN);
  const wallStart = io.number(given?.wallStart ?? NaN);
  const exchange = given ?? new Exchange(startedAt, wallStart, NOWHERE);
  arrival(io, exchange);
  trace(io, exchange);
  client(io, exchange);
  asked(io, exchange);
  outcome(io, exchange);
  answer(io, exchange);
  times(io, exchange.phases);
  exchange.call = io.maybe(exchange.call, call);
  io.list(exchange.innerCalls, call);
  io.list(exchange.storeOperations, storeOperation);
  io.list(exchange.stageRuns, stageRun);
  const told = io.maybe(it?.said ?? null, said);
  if (io.more) sinceGaps(io, exchange);
  if (io.more) sinceHeaders(io, exchange);
  return { exchange, said: told };
}

// What was added to records, the newest last: stores hold some of before, and an older version may read these.

function sinceGaps(io: RecordIo, { call, innerCalls }: Exchange): void {
  if (call !== null) call.longestGapMs = io.number(call.longestGapMs);
  for (const inner of innerCalls) inner.longestGapMs = io.number(inner.longestGapMs);
}

function sinceHeaders(io: RecordIo, exchange: Exchange): void {
  exchange.requestHeaders = io.maybe(exchange.requestHeaders, names);
  exchange.responseHeaders = io.maybe(exchange.responseHeaders, names);
}

// Pieces of about a dozen fields: V8 makes one piece of code of a function and what it calls, as long as it is short.

function arrival(io: RecordIo, exchange: Exchange): void {
  exchange.method = io.name(exchange.method);
  exchange.route = io.name(exchange.route);
  exchange.path = io.name(exchange.path);
  exchange.scheme = io.name(exchange.scheme);
  exchange.host = io.name(exchange.host);
  exchange.clientAddress = io.name(exchange.clientAddress);
  exchange.userAgent = io.name(exchange.userAgent);
  exchange.requestId = io.text(exchange.requestId);
  exchange.dialect = io.name(exchange.dialect);
  exchange.runId = io.text(exchange.runId);
}

function trace(io: RecordIo, exchange: Exchange): void {
  exchange.traced = io.flag(exchange.traced);
  exchange.sampled = io.flag(exchange.sampled);
  exchange.traceId = io.text(exchange.traceId);
  exchange.spanId = io.storyText(exchange.spanId);
  exchange.parentSpanId = io.storyText(exchange.parentSpanId);
  exchange.traceState = io.name(exchange.traceState);
  exchange.samplingReason = io.name(exchange.samplingReason);
  exchange.samplingWeight = io.number(exchange.samplingWeight);
}

function client(io: RecordIo, exchange: Exchange): void {
  exchange.principal = io.maybe(exchange.principal, principal);
  exchange.user = io.name(exchange.user);
  exchange.metadata = io.json(exchange.metadata);
  exchange.sessionId = io.name(exchange.sessionId);
}

function asked(io: RecordIo, exchange: Exchange): void {
  exchange.parameters = io.storyJson(exchange.parameters);
  exchange.headerAttributes = io.storyJson(exchange.headerAttributes);
  exchange.requestedModel = io.name(exchange.requestedModel);
  exchange.stream = io.flag(exchange.stream);
  exchange.requestBytes = io.number(exchange.requestBytes);
}

function outcome(io: RecordIo, exchange: Exchange): void {
  exchange.responseBytes = io.number(exchange.responseBytes);
  exchange.status = io.number(exchange.status);
  exchange.sentStatus = io.number(exchange.sentStatus);
  exchange.outcome = io.name(exchange.outcome);
  exchange.errorType = io.name(exchange.errorType);
  exchange.errorMessage = io.name(exchange.errorMessage);
  exchange.cancelStage = io.name(exchange.cancelStage);
}

function answer(io: RecordIo, exchange: Exchange): void {
  exchange.rateLimit = io.name(exchange.rateLimit);
  exchange.cache = io.name(exchange.cache);
  exchange.category = io.name(exchange.category);
  exchange.securityAction = io.name(exchange.securityAction);
  exchange.costUsd = io.number(exchange.costUsd);
  exchange.droppedParams = io.name(exchange.droppedParams);
  exchange.answerHeaders = io.maybe(exchange.answerHeaders, names);
  exchange.endedAt = io.number(exchange.endedAt);
  exchange.firstByteAt = io.number(exchange.firstByteAt);
}

function times(io: RecordIo, phases: Phases): void {
  phases.parse = io.number(phases.parse);
  phases.auth = io.number(phases.auth);
  phases.classify = io.number(phases.classify);
  phases.guard = io.number(phases.guard);
  phases.cache = io.number(phases.cache);
  phases.route = io.number(phases.route);
  phases.select = io.number(phases.select);
  phases.inject = io.number(phases.inject);
  phases.queue = io.number(phases.queue);
  phases.connect = io.number(phases.connect);
  phases.ttft = io.number(phases.ttft);
  phases.relay = io.number(phases.relay);
  phases.serialise = io.number(phases.serialise);
}

function principal(io: RecordIo, it: Principal | null): Principal {
  return io.same(it, principalFields);
}

function principalFields(io: RecordIo, it: Principal | null): Principal {
  return {
    owner: io.name(it?.owner ?? ""),
    keyTail: io.name(it?.keyTail ?? ""),
    name: io.name(it?.name ?? ""),
    tags: io.storyJson(it?.tags ?? {}),
    keyId: io.name(it?.keyId ?? ""),
    team: io.name(it?.team ?? ""),
    userId: io.name(it?.userId ?? ""),
    // What may be asked and used up is no part of what happened.
    limited: [],
    access: null,
  };
}

function call(io: RecordIo, given: ModelCall | null): ModelCall {
  const operation = io.name(given?.operation ?? "generate");
  const it = given ?? new ModelCall(operation);
  called(io, it);
  callTimes(io, it);
  tokens(io, it);
  io.list(it.attempts, attempt);
  return it;
}

function called(io: RecordIo, it: ModelCall): void {
  it.provider = io.name(it.provider);
  it.system = io.name(it.system);
  it.model = io.name(it.model);
  it.responseModel = io.name(it.responseModel);
  it.responseId = io.storyText(it.responseId);
  it.spanId = io.storyText(it.spanId);
  it.parentSpanId = io.storyText(it.parentSpanId);
  it.status = io.name(it.status);
  it.errorType = io.name(it.errorType);
}

function callTimes(io: RecordIo, it: ModelCall): void {
  it.startedAt = io.number(it.startedAt);
  it.firstChunkAt = io.number(it.firstChunkAt);
  it.lastChunkAt = io.number(it.lastChunkAt);
  it.endedAt = io.number(it.endedAt);
  it.chunks = io.number(it.chunks);
}

function tokens(io: RecordIo, it: ModelCall): void {
  it.inputTokens = io.number(it.inputTokens);
  it.outputTokens = io.number(it.outputTokens);
  it.cachedTokens = io.number(it.cachedTokens);
  it.cacheCreationTokens = io.number(it.cacheCreationTokens);
  it.reasoningTokens = io.number(it.reasoningTokens);
  it.usageEstimated = io.flag(it.usageEstimated);
  it.finishReason = io.name(it.finishReason);
  it.parameters = io.storyJson(it.parameters);
  it.costUsd = io.number(it.costUsd);
  it.pausedMs = io.number(it.pausedMs);
  it.beside = io.flag(it.beside);
}

function attempt(io: RecordIo, given: Attempt | null): Attempt {
  const provider = io.name(given?.provider ?? "");
  const model = io.name(given?.model ?? "");
  const it = given ?? new Attempt(provider, model);
  tried(io, it);
  attemptTimes(io, it);
  return it;
}

function tried(io: RecordIo, it: Attempt): void {
  it.method = io.name(it.method);
  it.status = io.name(it.status);
  it.httpStatus = io.number(it.httpStatus);
  it.errorType = io.name(it.errorType);
  it.spanId = io.storyText(it.spanId);
  it.serverAddress = io.name(it.serverAddress);
  it.serverPort = io.number(it.serverPort);
  it.url = io.name(it.url);
  it.upstreamRequestId = io.storyText(it.upstreamRequestId);
}

function attemptTimes(io: RecordIo, it: Attempt): void {
  it.startedAt = io.number(it.startedAt);
  it.queuedMs = io.number(it.queuedMs);
  it.headersAt = io.number(it.headersAt);
  it.firstChunkAt = io.number(it.firstChunkAt);
  it.endedAt = io.number(it.endedAt);
  it.hedge = io.flag(it.hedge);
  it.continues = io.flag(it.continues);
}

function storeOperation(io: RecordIo, given: StoreOperation | null): StoreOperation {
  const store = io.name(given?.store ?? "");
  const backend = io.name(given?.backend ?? "");
  const operation = io.name(given?.operation ?? "");
  const startedAt = io.number(given?.startedAt ?? NaN);
  const it = given ?? new StoreOperation(store, backend, operation, startedAt);
  it.status = io.name(it.status);
  it.spanId = io.storyText(it.spanId);
  it.parentSpanId = io.storyText(it.parentSpanId);
  it.endedAt = io.number(it.endedAt);
  it.conversationId = io.storyText(it.conversationId);
  it.messageCount = io.number(it.messageCount);
  it.conversationModel = io.name(it.conversationModel);
  return it;
}

function stageRun(io: RecordIo, given: StageRun | null): StageRun {
  const stage = io.name(given?.stage ?? "classification");
  const startedAt = io.number(given?.startedAt ?? NaN);
  const it = given ?? new StageRun(stage, startedAt);
  it.spanId = io.storyText(it.spanId);
  it.endedAt = io.number(it.endedAt);
  it.errorType = io.name(it.errorType);
  it.facts = io.storyJson(it.facts);
  return it;
}

function said(io: RecordIo, it: Said | null): Said {
  const fields: Partial<Record<keyof Said, string>> = {};
  for (const name of SAID) {
    const told = io.maybe(it?.[name] ?? null, text);
    if (told !== null) fields[name] = told;
  }
  return fields;
}

function text(io: RecordIo, it: string | null): string {
  return io.text(it ?? "");
}

function names(io: RecordIo, it: string[] | null): string[] {
  const list = it ?? [];
  io.list(list, name);
  return list;
}

function name(io: RecordIo, it: string | null): string {
  return io.name(it ?? "");
}
