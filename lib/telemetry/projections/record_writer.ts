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

/**
 * Fields before the records of a group: where what it tells stands (its texts, then the lengths of its names), how many
 * names there are, how many characters they have, and how many bytes all texts have.
 */
export const GROUP_HEAD = 4;

/** Characters after which a group ends: few enough that what they are put together of does not grow old. */
const MAX_TEXTS = 4096;

/** Bytes of a field. */
export const FIELD = 8;

/**
 * Fields that there is room for at the beginning of each piece of a record, so that nothing looks for it one by one:
 * more than stand between two such places.
 */
const AHEAD = 128;

/** What there was before the first record: all names of it are empty, and all flags down. */
const NO_REQUEST = new Exchange(0, 0, { finished: () => {} });
Object.assign(NO_REQUEST, { route: "", scheme: "", dialect: "" });
const NO_CALL = new ModelCall("generate");
Object.assign(NO_CALL, { operation: "" });
const NO_ATTEMPT = new Attempt("", "");
NO_ATTEMPT.method = "";

type Bytes = Uint8Array<SharedArrayBuffer>;

/**
 * Writes records of finished requests into one batch, which another thread of this process reads: nothing is made
 * smaller here but what is for nothing, for that takes longer than it takes to hand over more.
 *
 * A field is a double: a number, or the length of a text of its own (an id). A name is what comes again (a model, a
 * route, an address) and has no field: the first one of a piece of a record is a mask, in which each flag and each name
 * has a bit. That of a name says that it is another one than in the last piece of the same kind; then it is told, among
 * the texts, which stand all together behind a group of records: what takes time is done once for many. So no table is
 * looked into here but that of who asks, and which names are the same is found out where they are read. What stands
 * where is what `record_fields.ts` reads; it is said again here, for on the way of a request a field is only read and
 * compared. A test holds that both agree about every field.
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
  /** What the group tells of names, the length of each, and how many there are. */
  #names = "";
  readonly #lengths: number[] = [];
  #told = 0;
  /** What was written last: its names are mostly those of the next one too. */
  #request = NO_REQUEST;
  #answering = NO_CALL;
  #inner = NO_CALL;
  #attempt = NO_ATTEMPT;
  /** Those who have come in this batch, by the order in which they came, from 1. */
  #principals = new Map<Principal, number>();

  /** Bytes so far. */
  get length(): number {
    return this.#at * FIELD + this.#texts.length + this.#names.length;
  }

  add(exchange: Exchange, said: Said | null): void {
    const texts = this.#texts;
    const names = this.#names;
    const told = this.#told;
    const principals = this.#principals.size;
    const request = this.#request;
    const answering = this.#answering;
    const inner = this.#inner;
    const attempt = this.#attempt;
    try {
      this.#at = this.#record(this.#room(this.#at), exchange, said);
    } catch (error) {
      // The next takes its place, for half a record would make the others unreadable.
      [this.#texts, this.#names, this.#told] = [texts, names, told];
      [this.#request, this.#answering, this.#inner, this.#attempt] = [request, answering, inner, attempt];
      if (this.#principals.size > principals) this.#principals.delete(exchange.principal as Principal);
      throw error;
    }
    this.count++;
    if (this.#texts.length + this.#names.length >= MAX_TEXTS) this.#endGroup();
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
    this.count = 0;
    this.#beginGroup(HEAD);
    this.#request = NO_REQUEST;
    this.#answering = this.#inner = NO_CALL;
    this.#attempt = NO_ATTEMPT;
    // Not cleared: V8 has a table that was left lead to the one after it, so that once one of them is old all that
    // come after are kept until the next full collection, and copied before.
    this.#principals = new Map();
    return batch;
  }

  // Each of these writes fields at a place and gives the one after.

  #record(at: number, it: Exchange, said: Said | null): number {
    at = this.#arrival(at, it, this.#request);
    at = this.#principal(at, it.principal);
    at = this.#client(at, it, this.#request);
    this.#request = it;
    at = this.#list(at, it.answerHeaders);
    at = this.#times(at, it);
    const { call, innerCalls, storeOperations, stageRuns } = it;
    this.#fields[at++] = call === null ? 0 : 1;
    if (call !== null) {
      at = this.#call(at, call, this.#answering);
      this.#answering = call;
    }
    this.#fields[at++] = innerCalls.length;
    for (const inner of innerCalls) {
      at = this.#call(at, inner, this.#inner);
      this.#inner = inner;
    }
    this.#fields[at++] = storeOperations.length;
    for (const operation of storeOperations) at = this.#storeOperation(at, operation);
    this.#fields[at++] = stageRuns.length;
    for (const run of stageRuns) at = this.#stageRun(at, run);
    at = this.#said(at, said);
    if (call !== null) this.#fields[at++] = call.longestGapMs;
    for (const inner of innerCalls) this.#fields[this.#room(at++)] = inner.longestGapMs;
    at = this.#list(at, it.requestHeaders);
    return this.#list(at, it.responseHeaders);
  }

  #arrival(at: number, it: Exchange, was: Exchange): number {
    const fields = this.#fields;
    const { requestId, runId, traceId, spanId, parentSpanId } = it;
    fields[at] = this.#name(1 << 0, it.method, was.method) |
      this.#name(1 << 1, it.route, was.route) |
      this.#name(1 << 2, it.path, was.path) |
      this.#name(1 << 3, it.scheme, was.scheme) |
      this.#name(1 << 4, it.host, was.host) |
      this.#name(1 << 5, it.clientAddress, was.clientAddress) |
      this.#name(1 << 6, it.userAgent, was.userAgent) |
      this.#name(1 << 7, it.dialect, was.dialect) |
      (it.traced ? 1 << 8 : 0) |
      (it.sampled ? 1 << 9 : 0) |
      this.#name(1 << 10, it.traceState, was.traceState) |
      this.#name(1 << 11, it.samplingReason, was.samplingReason);
    fields[at + 1] = it.startedAt;
    fields[at + 2] = it.wallStart;
    fields[at + 3] = requestId.length;
    fields[at + 4] = runId.length;
    fields[at + 5] = traceId.length;
    fields[at + 6] = spanId.length;
    fields[at + 7] = parentSpanId.length;
    fields[at + 8] = it.samplingWeight;
    this.#texts += requestId + runId + traceId + spanId + parentSpanId;
    return at + 9;
  }

  /** And what became of it. */
  #client(at: number, it: Exchange, was: Exchange): number {
    const fields = this.#fields;
    fields[at] = this.#name(1 << 0, it.user, was.user) |
      this.#json(1 << 1, it.metadata, was.metadata) |
      this.#name(1 << 2, it.sessionId, was.sessionId) |
      this.#json(1 << 3, it.parameters, was.parameters) |
      this.#json(1 << 4, it.headerAttributes, was.headerAttributes) |
      this.#name(1 << 5, it.requestedModel, was.requestedModel) |
      (it.stream ? 1 << 6 : 0) |
      this.#name(1 << 7, it.outcome, was.outcome) |
      this.#name(1 << 8, it.errorType, was.errorType) |
      this.#name(1 << 9, it.errorMessage, was.errorMessage) |
      this.#name(1 << 10, it.cancelStage, was.cancelStage) |
      this.#name(1 << 11, it.rateLimit, was.rateLimit) |
      this.#name(1 << 12, it.cache, was.cache) |
      this.#name(1 << 13, it.category, was.category) |
      this.#name(1 << 14, it.securityAction, was.securityAction) |
      this.#name(1 << 15, it.droppedParams, was.droppedParams);
    fields[at + 1] = it.requestBytes;
    fields[at + 2] = it.responseBytes;
    fields[at + 3] = it.status;
    fields[at + 4] = it.sentStatus;
    fields[at + 5] = it.costUsd;
    return at + 6;
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
    this.#fields[at] = it === null ? 0 : this.#principals.get(it) ?? this.#newPrincipal(it);
    return at + 1;
  }

  #newPrincipal(it: Principal): number {
    this.#tell(it.owner);
    this.#tell(it.keyTail);
    this.#tell(it.name);
    this.#tell(JSON.stringify(it.tags));
    this.#tell(it.keyId);
    this.#tell(it.team);
    this.#tell(it.userId);
    const number = this.#principals.size + 1;
    this.#principals.set(it, number);
    return number;
  }

  #call(at: number, it: ModelCall, was: ModelCall): number {
    this.#room(at);
    const fields = this.#fields;
    const { responseId, spanId, parentSpanId, attempts } = it;
    fields[at] = this.#name(1 << 0, it.operation, was.operation) |
      this.#name(1 << 1, it.provider, was.provider) |
      this.#name(1 << 2, it.system, was.system) |
      this.#name(1 << 3, it.model, was.model) |
      this.#name(1 << 4, it.responseModel, was.responseModel) |
      this.#name(1 << 5, it.status, was.status) |
      this.#name(1 << 6, it.errorType, was.errorType) |
      (it.usageEstimated ? 1 << 7 : 0) |
      this.#name(1 << 8, it.finishReason, was.finishReason) |
      this.#json(1 << 9, it.parameters, was.parameters) |
      (it.beside ? 1 << 10 : 0);
    fields[at + 1] = responseId.length;
    fields[at + 2] = spanId.length;
    fields[at + 3] = parentSpanId.length;
    fields[at + 4] = it.startedAt;
    fields[at + 5] = it.firstChunkAt;
    fields[at + 6] = it.lastChunkAt;
    fields[at + 7] = it.endedAt;
    fields[at + 8] = it.chunks;
    fields[at + 9] = it.inputTokens;
    fields[at + 10] = it.outputTokens;
    fields[at + 11] = it.cachedTokens;
    fields[at + 12] = it.cacheCreationTokens;
    fields[at + 13] = it.reasoningTokens;
    fields[at + 14] = it.costUsd;
    fields[at + 15] = it.pausedMs;
    fields[at + 16] = attempts.length;
    this.#texts += responseId + spanId + parentSpanId;
    at += 17;
    for (const attempt of attempts) at = this.#tried(at, attempt, it);
    return at;
  }

  /** Some of its names are mostly its call's. */
  #tried(at: number, it: Attempt, call: ModelCall): number {
    const was = this.#attempt;
    this.#room(at);
    const fields = this.#fields;
    const { spanId, upstreamRequestId } = it;
    fields[at] = this.#name(1 << 0, it.provider, call.provider) |
      this.#name(1 << 1, it.model, call.model) |
      this.#name(1 << 2, it.method, was.method) |
      this.#name(1 << 3, it.status, call.status) |
      this.#name(1 << 4, it.errorType, call.errorType) |
      this.#name(1 << 5, it.serverAddress, was.serverAddress) |
      this.#name(1 << 6, it.url, was.url) |
      (it.hedge ? 1 << 7 : 0) |
      (it.continues ? 1 << 8 : 0);
    fields[at + 1] = it.httpStatus;
    fields[at + 2] = spanId.length;
    fields[at + 3] = it.serverPort;
    fields[at + 4] = upstreamRequestId.length;
    fields[at + 5] = it.startedAt;
    fields[at + 6] = it.queuedMs;
    fields[at + 7] = it.headersAt;
    fields[at + 8] = it.firstChunkAt;
    fields[at + 9] = it.endedAt;
    this.#texts += spanId + upstreamRequestId;
    this.#attempt = it;
    return at + 10;
  }

  #storeOperation(at: number, it: StoreOperation): number {
    this.#room(at);
    const fields = this.#fields;
    const { spanId, parentSpanId, conversationId } = it;
    this.#tell(it.store);
    this.#tell(it.backend);
    this.#tell(it.operation);
    fields[at] = it.startedAt;
    this.#tell(it.status);
    fields[at + 1] = spanId.length;
    fields[at + 2] = parentSpanId.length;
    fields[at + 3] = it.endedAt;
    fields[at + 4] = conversationId.length;
    this.#texts += spanId + parentSpanId + conversationId;
    fields[at + 5] = it.messageCount;
    this.#tell(it.conversationModel);
    return at + 6;
  }

  #stageRun(at: number, it: StageRun): number {
    this.#room(at);
    const fields = this.#fields;
    this.#tell(it.stage);
    fields[at] = it.startedAt;
    fields[at + 1] = it.spanId.length;
    this.#texts += it.spanId;
    fields[at + 2] = it.endedAt;
    this.#tell(it.errorType);
    this.#tell(it.facts === null ? "" : JSON.stringify(it.facts));
    return at + 3;
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
    this.#fields[at] = names === null ? 0 : 1;
    if (names === null) return at + 1;
    this.#fields[at + 1] = names.length;
    for (const name of names) this.#tell(name);
    return this.#room(at + 2);
  }

  /**
   * `Object.is`, for that is one piece of code that V8 calls: `===` of texts is written out wherever it stands.
   * @returns the bit where it is another one, which is told.
   */
  #name(bit: number, value: string, was: string): number {
    if (Object.is(value, was)) return 0;
    this.#tell(value);
    return bit;
  }

  #json(bit: number, value: unknown, was: unknown): number {
    if (value === was) return 0;
    this.#tell(value === null ? "" : JSON.stringify(value));
    return bit;
  }

  #tell(name: string): void {
    this.#lengths[this.#told++] = name.length;
    this.#names += name;
  }

  #beginGroup(at: number): void {
    this.#group = at;
    this.#at = at + GROUP_HEAD;
    this.#texts = this.#names = "";
    this.#told = 0;
  }

  #endGroup(): void {
    const [group, at, told] = [this.#group, this.#at, this.#told];
    const bytes = this.#encode(at, this.#names + this.#texts);
    const lengthsAt = at + fieldsOf(bytes);
    this.#room(lengthsAt + told);
    const fields = this.#fields;
    fields[group] = at;
    fields[group + 1] = told;
    fields[group + 2] = this.#names.length;
    fields[group + 3] = bytes;
    for (let i = 0; i < told; i++) fields[lengthsAt + i] = this.#lengths[i] as number;
    this.#beginGroup(lengthsAt + told);
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
