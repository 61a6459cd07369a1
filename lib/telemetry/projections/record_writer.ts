import {
  Attempt,
  Exchange,
  ModelCall,
  type Principal,
  type StageRun,
  type StoreOperation,
} from "../exchange.ts";
import { SAID, type Said } from "./record_fields.ts";

const encoder = new TextEncoder();

/** Bytes of a new batch; there are more where records need them. */
export const BATCH_SIZE = 512 * 1024;

/** Fields before the first record: how many records there are. */
export const HEAD = 1;

/** Fields before the records of a group: where their texts stand, and how many bytes those have. */
export const GROUP_HEAD = 2;

/** Characters after which a group ends: few enough that what they are put together of does not grow old. */
const MAX_TEXTS = 4096;

/** Bytes of a field. */
export const FIELD = 8;

/**
 * Fields that there is room for at the beginning of each piece of a record, so that nothing looks for it one by one:
 * more than stand between two such places.
 */
const AHEAD = 128;

/** What there was before the first record: all names of it are empty. */
const NO_REQUEST = new Exchange(0, 0, { finished: () => {} });
Object.assign(NO_REQUEST, { route: "", scheme: "", dialect: "" });
const NO_CALL = new ModelCall("generate");
Object.assign(NO_CALL, { operation: "" });
const NO_ATTEMPT = new Attempt("", "");
NO_ATTEMPT.method = "";

/** The call that was written last, and a piece with the numbers of its names. */
class LastCall {
  was = NO_CALL;
  readonly last = new Float64Array(27);

  forget(): void {
    this.was = NO_CALL;
    this.last.fill(0);
  }
}

type Bytes = Uint8Array<SharedArrayBuffer>;

/**
 * Writes records of finished requests into one batch, which another thread of this process reads: nothing is made
 * smaller here, for that takes longer than it takes to hand over more.
 *
 * A field is a double: a number; a flag as 0 or 1; a name (what comes again: models, routes, addresses); the length of
 * another text (an id). Texts stand all together behind a group of records: what takes time is done once for many. A
 * name that the record before did not have is told: it stands among the texts, its length is written as a negative
 * number, and the next ones that have it give its number, counted from 1 through the batch; 0 is the empty one. So no
 * table is looked into here: which names are the same is found out where they are read. What stands where is what
 * `record_fields.ts` reads; it is said again here, for on the way of a request a field is only read and compared. A
 * test holds that both agree about every field.
 */
export class RecordWriter {
  /** Records of this batch. */
  count = 0;
  #bytes = newBatch();
  #fields = new Float64Array(this.#bytes.buffer);
  #at = HEAD + GROUP_HEAD;
  /** Where the group begins. */
  #group = HEAD;
  /** Those of the group. */
  #texts = "";
  /** Names that this batch has told. */
  #told = 0;
  /** What was written last, whose names are mostly the same again, and pieces with their numbers. */
  #was = NO_REQUEST;
  readonly #arrived = new Float64Array(20);
  readonly #asked = new Float64Array(21);
  readonly #answering = new LastCall();
  readonly #inner = new LastCall();
  #attempted = NO_ATTEMPT;
  readonly #tried = new Float64Array(18);
  /** The numbers of the names of those who have come in this batch. */
  #principals = new Map<Principal, number[]>();

  /** Bytes so far. */
  get length(): number {
    return this.#at * FIELD + this.#texts.length;
  }

  add(exchange: Exchange, said: Said | null): void {
    const [texts, told] = [this.#texts, this.#told];
    try {
      this.#at = this.#record(this.#room(this.#at), exchange, said);
    } catch (error) {
      // The next takes its place, for half a record would make the others unreadable.
      this.#texts = texts;
      this.#told = told;
      this.#forget();
      throw error;
    }
    this.count++;
    if (this.#texts.length >= MAX_TEXTS) this.#endGroup();
  }

  /**
   * Takes the batch, and begins the next.
   * @param next where that is written; absent: over this one, which is good until then.
   */
  take(next = this.#bytes): Bytes {
    this.#endGroup();
    this.#fields[0] = this.count;
    // The last group is empty.
    const batch = this.#bytes.subarray(0, this.#group * FIELD);
    if (next !== this.#bytes) this.#writeTo(next);
    this.count = this.#told = 0;
    this.#beginGroup(HEAD);
    this.#forget();
    return batch;
  }

  #forget(): void {
    this.#was = NO_REQUEST;
    this.#arrived.fill(0);
    this.#asked.fill(0);
    this.#answering.forget();
    this.#inner.forget();
    this.#attempted = NO_ATTEMPT;
    this.#tried.fill(0);
    // Not cleared: V8 has a table that was left lead to the one after it, so that once one of them is old all that
    // come after are kept until the next full collection, and copied before.
    this.#principals = new Map();
  }

  // Each of these writes fields at a place and gives the one after.

  #record(at: number, it: Exchange, said: Said | null): number {
    at = this.#arrival(at, it, this.#was);
    at = this.#principal(at, it.principal);
    at = this.#client(at, it, this.#was);
    at = this.#list(at, it.answerHeaders);
    at = this.#times(at, it);
    const { call, innerCalls, storeOperations, stageRuns } = it;
    this.#fields[at++] = call === null ? 0 : 1;
    if (call !== null) {
      at = this.#call(at, this.#answering, call);
      this.#answering.was = call;
    }
    this.#fields[at++] = innerCalls.length;
    for (const inner of innerCalls) {
      at = this.#call(at, this.#inner, inner);
      this.#inner.was = inner;
    }
    this.#fields[at++] = storeOperations.length;
    for (const operation of storeOperations) at = this.#storeOperation(at, operation);
    this.#fields[at++] = stageRuns.length;
    for (const run of stageRuns) at = this.#stageRun(at, run);
    at = this.#said(at, said);
    if (call !== null) this.#fields[at++] = call.longestGapMs;
    for (const inner of innerCalls) this.#fields[this.#room(at++)] = inner.longestGapMs;
    at = this.#list(at, it.requestHeaders);
    this.#was = it;
    return this.#list(at, it.responseHeaders);
  }

  #arrival(at: number, it: Exchange, was: Exchange): number {
    const last = this.#arrived;
    const fields = this.#lay(at, last);
    const { requestId, runId, traceId, spanId, parentSpanId } = it;
    fields[at] = it.startedAt;
    fields[at + 1] = it.wallStart;
    this.#name(at, 2, last, it.method, was.method);
    this.#name(at, 3, last, it.route, was.route);
    this.#name(at, 4, last, it.path, was.path);
    this.#name(at, 5, last, it.scheme, was.scheme);
    this.#name(at, 6, last, it.host, was.host);
    this.#name(at, 7, last, it.clientAddress, was.clientAddress);
    this.#name(at, 8, last, it.userAgent, was.userAgent);
    fields[at + 9] = requestId.length;
    this.#texts += requestId;
    this.#name(at, 10, last, it.dialect, was.dialect);
    fields[at + 11] = runId.length;
    fields[at + 12] = it.traced ? 1 : 0;
    fields[at + 13] = it.sampled ? 1 : 0;
    fields[at + 14] = traceId.length;
    fields[at + 15] = spanId.length;
    fields[at + 16] = parentSpanId.length;
    this.#texts += runId + traceId + spanId + parentSpanId;
    this.#name(at, 17, last, it.traceState, was.traceState);
    this.#name(at, 18, last, it.samplingReason, was.samplingReason);
    fields[at + 19] = it.samplingWeight;
    return at + 20;
  }

  /** And what became of it. */
  #client(at: number, it: Exchange, was: Exchange): number {
    const last = this.#asked;
    const fields = this.#lay(at, last);
    this.#name(at, 0, last, it.user, was.user);
    this.#json(at, 1, last, it.metadata, was.metadata);
    this.#name(at, 2, last, it.sessionId, was.sessionId);
    this.#json(at, 3, last, it.parameters, was.parameters);
    this.#json(at, 4, last, it.headerAttributes, was.headerAttributes);
    this.#name(at, 5, last, it.requestedModel, was.requestedModel);
    fields[at + 6] = it.stream ? 1 : 0;
    fields[at + 7] = it.requestBytes;
    fields[at + 8] = it.responseBytes;
    fields[at + 9] = it.status;
    fields[at + 10] = it.sentStatus;
    this.#name(at, 11, last, it.outcome, was.outcome);
    this.#name(at, 12, last, it.errorType, was.errorType);
    this.#name(at, 13, last, it.errorMessage, was.errorMessage);
    this.#name(at, 14, last, it.cancelStage, was.cancelStage);
    this.#name(at, 15, last, it.rateLimit, was.rateLimit);
    this.#name(at, 16, last, it.cache, was.cache);
    this.#name(at, 17, last, it.category, was.category);
    this.#name(at, 18, last, it.securityAction, was.securityAction);
    fields[at + 19] = it.costUsd;
    this.#name(at, 20, last, it.droppedParams, was.droppedParams);
    return at + 21;
  }

  #times(at: number, { endedAt, firstByteAt, phases: it }: Exchange): number {
    const fields = this.#fields;
    fields[at] = endedAt;
    fields[at + 1] = firstByteAt;
    fields[at + 2] = it.parse;
    fields[at + 3] = it.auth;
    fields[at + 4] = it.classify;
    fields[at + 5] = it.guard;
    fields[at + 6] = it.cache;
    fields[at + 7] = it.route;
    fields[at + 8] = it.select;
    fields[at + 9] = it.inject;
    fields[at + 10] = it.queue;
    fields[at + 11] = it.connect;
    fields[at + 12] = it.ttft;
    fields[at + 13] = it.relay;
    fields[at + 14] = it.serialise;
    return at + 15;
  }

  #principal(at: number, it: Principal | null): number {
    this.#fields[at++] = it === null ? 0 : 1;
    if (it === null) return at;
    const known = this.#principals.get(it);
    if (known === undefined) return this.#newPrincipal(at, it);
    const fields = this.#fields;
    for (let i = 0; i < known.length; i++) fields[at + i] = known[i] as number;
    return at + known.length;
  }

  #newPrincipal(at: number, it: Principal): number {
    const numbers = [
      this.#tell(at, it.owner),
      this.#tell(at + 1, it.keyTail),
      this.#tell(at + 2, it.name),
      this.#tell(at + 3, JSON.stringify(it.tags)),
      this.#tell(at + 4, it.keyId),
      this.#tell(at + 5, it.team),
      this.#tell(at + 6, it.userId),
    ];
    this.#principals.set(it, numbers);
    return at + numbers.length;
  }

  #call(at: number, { last, was }: LastCall, it: ModelCall): number {
    const fields = this.#lay(this.#room(at), last);
    const { responseId, spanId, parentSpanId } = it;
    this.#name(at, 0, last, it.operation, was.operation);
    this.#name(at, 1, last, it.provider, was.provider);
    this.#name(at, 2, last, it.system, was.system);
    this.#name(at, 3, last, it.model, was.model);
    this.#name(at, 4, last, it.responseModel, was.responseModel);
    fields[at + 5] = responseId.length;
    fields[at + 6] = spanId.length;
    fields[at + 7] = parentSpanId.length;
    this.#texts += responseId + spanId + parentSpanId;
    this.#name(at, 8, last, it.status, was.status);
    this.#name(at, 9, last, it.errorType, was.errorType);
    fields[at + 10] = it.startedAt;
    fields[at + 11] = it.firstChunkAt;
    fields[at + 12] = it.lastChunkAt;
    fields[at + 13] = it.endedAt;
    fields[at + 14] = it.chunks;
    fields[at + 15] = it.inputTokens;
    fields[at + 16] = it.outputTokens;
    fields[at + 17] = it.cachedTokens;
    fields[at + 18] = it.cacheCreationTokens;
    fields[at + 19] = it.reasoningTokens;
    fields[at + 20] = it.usageEstimated ? 1 : 0;
    this.#name(at, 21, last, it.finishReason, was.finishReason);
    this.#json(at, 22, last, it.parameters, was.parameters);
    fields[at + 23] = it.costUsd;
    fields[at + 24] = it.pausedMs;
    fields[at + 25] = it.beside ? 1 : 0;
    fields[at + 26] = it.attempts.length;
    at += 27;
    for (const attempt of it.attempts) at = this.#attempt(at, it, last, attempt);
    return at;
  }

  /** @param names of its call, mostly its own too. */
  #attempt(at: number, call: ModelCall, names: Float64Array, it: Attempt): number {
    const [last, was] = [this.#tried, this.#attempted];
    last[0] = names[1] as number;
    last[1] = names[3] as number;
    last[3] = names[8] as number;
    last[5] = names[9] as number;
    const fields = this.#lay(this.#room(at), last);
    const { spanId, upstreamRequestId } = it;
    this.#name(at, 0, last, it.provider, call.provider);
    this.#name(at, 1, last, it.model, call.model);
    this.#name(at, 2, last, it.method, was.method);
    this.#name(at, 3, last, it.status, call.status);
    fields[at + 4] = it.httpStatus;
    this.#name(at, 5, last, it.errorType, call.errorType);
    fields[at + 6] = spanId.length;
    this.#texts += spanId;
    this.#name(at, 7, last, it.serverAddress, was.serverAddress);
    fields[at + 8] = it.serverPort;
    this.#name(at, 9, last, it.url, was.url);
    fields[at + 10] = upstreamRequestId.length;
    this.#texts += upstreamRequestId;
    fields[at + 11] = it.startedAt;
    fields[at + 12] = it.queuedMs;
    fields[at + 13] = it.headersAt;
    fields[at + 14] = it.firstChunkAt;
    fields[at + 15] = it.endedAt;
    fields[at + 16] = it.hedge ? 1 : 0;
    fields[at + 17] = it.continues ? 1 : 0;
    this.#attempted = it;
    return at + 18;
  }

  #storeOperation(at: number, it: StoreOperation): number {
    this.#room(at);
    const fields = this.#fields;
    const { spanId, parentSpanId, conversationId } = it;
    this.#tell(at, it.store);
    this.#tell(at + 1, it.backend);
    this.#tell(at + 2, it.operation);
    fields[at + 3] = it.startedAt;
    this.#tell(at + 4, it.status);
    fields[at + 5] = spanId.length;
    fields[at + 6] = parentSpanId.length;
    fields[at + 7] = it.endedAt;
    fields[at + 8] = conversationId.length;
    this.#texts += spanId + parentSpanId + conversationId;
    fields[at + 9] = it.messageCount;
    this.#tell(at + 10, it.conversationModel);
    return at + 11;
  }

  #stageRun(at: number, it: StageRun): number {
    this.#room(at);
    const fields = this.#fields;
    this.#tell(at, it.stage);
    fields[at + 1] = it.startedAt;
    fields[at + 2] = it.spanId.length;
    this.#texts += it.spanId;
    fields[at + 3] = it.endedAt;
    this.#tell(at + 4, it.errorType);
    this.#tell(at + 5, it.facts === null ? "" : JSON.stringify(it.facts));
    return at + 6;
  }

  #said(at: number, it: Said | null): number {
    this.#fields[at++] = it === null ? 0 : 1;
    if (it === null) return at;
    for (const field of SAID) {
      const value = it[field];
      this.#fields[at++] = value === undefined ? 0 : 1;
      if (value === undefined) continue;
      this.#texts += value;
      this.#fields[at++] = value.length;
    }
    return at;
  }

  #list(at: number, names: readonly string[] | null): number {
    this.#fields[at++] = names === null ? 0 : 1;
    return names === null ? at : this.#items(at, names);
  }

  #items(at: number, names: readonly string[]): number {
    this.#room(at + names.length);
    this.#fields[at++] = names.length;
    for (const name of names) this.#tell(at++, name);
    return at;
  }

  /** Lays down a piece as it was last: what differs, and all that is no name, is written over it. */
  #lay(at: number, last: Float64Array): Float64Array {
    const fields = this.#fields;
    for (let i = 0; i < last.length; i++) fields[at + i] = last[i] as number;
    return fields;
  }

  /** `Object.is`, for that is one piece of code that V8 calls: `===` of texts is written out wherever it stands. */
  #name(piece: number, place: number, last: Float64Array, value: string, was: string): void {
    if (!Object.is(value, was)) this.#rename(piece, place, last, value);
  }

  #json(piece: number, place: number, last: Float64Array, value: unknown, was: unknown): void {
    if (value !== was) this.#rename(piece, place, last, value === null ? "" : JSON.stringify(value));
  }

  #rename(piece: number, place: number, last: Float64Array, value: string): void {
    last[place] = this.#tell(piece + place, value);
  }

  /** @returns by which number the next ones name it; 0: it is empty. */
  #tell(at: number, name: string): number {
    this.#fields[at] = -name.length;
    if (name === "") return 0;
    this.#texts += name;
    return ++this.#told;
  }

  #beginGroup(at: number): void {
    this.#group = at;
    this.#at = at + GROUP_HEAD;
    this.#texts = "";
  }

  #endGroup(): void {
    const at = this.#at;
    const bytes = this.#encode(at, this.#texts);
    this.#fields[this.#group] = at;
    this.#fields[this.#group + 1] = bytes;
    this.#beginGroup(at + fieldsOf(bytes));
  }

  /** @returns bytes of a text that it wrote, as UTF-8. */
  #encode(at: number, text: string): number {
    // That takes three bytes a unit at most.
    this.#room(at + fieldsOf(text.length * 3));
    return encoder.encodeInto(text, this.#bytes.subarray(at * FIELD)).written;
  }

  /** @returns the place, after which there is room now. */
  #room(at: number): number {
    if (at + AHEAD > this.#fields.length) this.#grow((at + AHEAD) * FIELD);
    return at;
  }

  #grow(needed: number): void {
    const grown = newBatch(Math.max(this.#bytes.length * 2, needed));
    grown.set(this.#bytes);
    this.#writeTo(grown);
  }

  #writeTo(bytes: Bytes): void {
    this.#bytes = bytes;
    this.#fields = new Float64Array(bytes.buffer);
  }
}

/** Fields that so many bytes take. */
export function fieldsOf(bytes: number): number {
  return (bytes + FIELD - 1) >>> 3;
}

/** Room for a batch, which another thread can read as it stands. */
export function newBatch(size = BATCH_SIZE): Bytes {
  return new Uint8Array(new SharedArrayBuffer(size));
}
