import type {
  Attempt,
  Exchange,
  ModelCall,
  Phases,
  Principal,
  StageRun,
  StoreOperation,
} from "../exchange.ts";
import { SAID, type Said } from "./record_fields.ts";
import { writeAscii } from "./write_ascii.ts";

const encoder = new TextEncoder();

/** Bytes of a new batch; there are more where records need them. */
export const BATCH_SIZE = 512 * 1024;

/** Fields before the first record: how many records there are, where the names stand, and how many. */
export const HEAD = 3;

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

/** Characters up to which a loop is sooner done than the encoder has begun. */
const SHORT = 64;

/** Where the names of a piece stand among the last ones, after those of the request itself. */
const PLACES = { principal: 32, call: 40, inner: 56, store: 72, stage: 80, headers: 88, end: 96 };

type Bytes = Uint8Array<SharedArrayBuffer>;

/**
 * Writes records of finished requests into one batch, which another thread of this process reads: nothing is made
 * smaller here, for that takes longer than it takes to hand over more.
 *
 * A field is a double: a number; a flag as 0 or 1; the number of a name (what comes again: models, routes, addresses),
 * which stands once, at the end; the length of another text (an id), which stands with all others behind a group of
 * records: what takes time is done once for many. What stands there, and in which order, is what `record_fields.ts`
 * reads; it is said again here, for on the way of a request a field is only read, and nothing is allocated for it. A
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
  #names: string[] = [];
  #numbers = new Map<string, number>();
  /** What was written last at each place, mostly the same again, and its number. */
  readonly #lastNames: string[] = new Array(PLACES.end).fill("");
  readonly #lastNumbers = new Float64Array(PLACES.end);
  /** Where the fields of those stand who have come in this batch. */
  #principals = new Map<Principal, number>();

  /** Bytes so far, names aside. */
  get length(): number {
    return this.#at * FIELD + this.#texts.length;
  }

  add(exchange: Exchange, said: Said | null): void {
    const texts = this.#texts;
    try {
      this.#at = this.#record(this.#room(this.#at), exchange, said);
    } catch (error) {
      // The next takes its place, for half a record would make the others unreadable.
      this.#texts = texts;
      this.#principals = new Map();
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
    // The last one is empty.
    let at = this.#group;
    this.#fields[1] = at;
    for (const name of this.#names) at = this.#whole(at, name);
    this.#fields[0] = this.count;
    this.#fields[2] = this.#names.length;
    const batch = this.#bytes.subarray(0, at * FIELD);
    if (next !== this.#bytes) this.#writeTo(next);
    this.count = 0;
    this.#beginGroup(HEAD);
    this.#names = [];
    // Not cleared: V8 has a table that was left lead to the one after it, so that once one of them is old all that
    // come after are kept until the next full collection, and copied before.
    this.#numbers = new Map();
    this.#principals = new Map();
    this.#lastNames.fill("");
    this.#lastNumbers.fill(0);
    return batch;
  }

  // Each of these writes fields at a place and gives the one after.

  #record(at: number, it: Exchange, said: Said | null): number {
    this.#fields[at] = it.startedAt;
    this.#fields[at + 1] = it.wallStart;
    at = this.#arrival(at + 2, it);
    at = this.#client(at, it);
    at = this.#outcome(at, it);
    at = this.#phases(at, it.phases);
    const { call, innerCalls, storeOperations, stageRuns } = it;
    this.#fields[at++] = call === null ? 0 : 1;
    if (call !== null) at = this.#call(at, PLACES.call, call);
    this.#fields[at++] = innerCalls.length;
    for (const inner of innerCalls) at = this.#call(at, PLACES.inner, inner);
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

  #arrival(at: number, it: Exchange): number {
    const fields = this.#fields;
    const { requestId, runId, traceId, spanId, parentSpanId } = it;
    this.#texts += requestId + runId + traceId + spanId + parentSpanId;
    fields[at] = this.#name(0, it.method);
    fields[at + 1] = this.#name(1, it.route);
    fields[at + 2] = this.#name(2, it.path);
    fields[at + 3] = this.#name(3, it.scheme);
    fields[at + 4] = this.#name(4, it.host);
    fields[at + 5] = this.#name(5, it.clientAddress);
    fields[at + 6] = this.#name(6, it.userAgent);
    fields[at + 7] = requestId.length;
    fields[at + 8] = this.#name(7, it.dialect);
    fields[at + 9] = runId.length;
    fields[at + 10] = it.traced ? 1 : 0;
    fields[at + 11] = it.sampled ? 1 : 0;
    fields[at + 12] = traceId.length;
    fields[at + 13] = spanId.length;
    fields[at + 14] = parentSpanId.length;
    fields[at + 15] = this.#name(8, it.traceState);
    fields[at + 16] = this.#name(9, it.samplingReason);
    fields[at + 17] = it.samplingWeight;
    return at + 18;
  }

  #client(at: number, it: Exchange): number {
    at = this.#principal(at, it.principal);
    const fields = this.#fields;
    fields[at] = this.#name(10, it.user);
    fields[at + 1] = this.#json(11, it.metadata);
    fields[at + 2] = this.#name(12, it.sessionId);
    fields[at + 3] = this.#json(13, it.parameters);
    fields[at + 4] = this.#json(14, it.headerAttributes);
    fields[at + 5] = this.#name(15, it.requestedModel);
    fields[at + 6] = it.stream ? 1 : 0;
    fields[at + 7] = it.requestBytes;
    return at + 8;
  }

  #outcome(at: number, it: Exchange): number {
    const fields = this.#fields;
    fields[at] = it.responseBytes;
    fields[at + 1] = it.status;
    fields[at + 2] = it.sentStatus;
    fields[at + 3] = this.#name(16, it.outcome);
    fields[at + 4] = this.#name(17, it.errorType);
    fields[at + 5] = this.#name(18, it.errorMessage);
    fields[at + 6] = this.#name(19, it.cancelStage);
    fields[at + 7] = this.#name(20, it.rateLimit);
    fields[at + 8] = this.#name(21, it.cache);
    fields[at + 9] = this.#name(22, it.category);
    fields[at + 10] = this.#name(23, it.securityAction);
    fields[at + 11] = it.costUsd;
    fields[at + 12] = this.#name(24, it.droppedParams);
    at = this.#list(at + 13, it.answerHeaders);
    this.#fields[at] = it.endedAt;
    this.#fields[at + 1] = it.firstByteAt;
    return at + 2;
  }

  #phases(at: number, it: Phases): number {
    const fields = this.#fields;
    fields[at] = it.parse;
    fields[at + 1] = it.auth;
    fields[at + 2] = it.classify;
    fields[at + 3] = it.guard;
    fields[at + 4] = it.cache;
    fields[at + 5] = it.route;
    fields[at + 6] = it.select;
    fields[at + 7] = it.inject;
    fields[at + 8] = it.queue;
    fields[at + 9] = it.connect;
    fields[at + 10] = it.ttft;
    fields[at + 11] = it.relay;
    fields[at + 12] = it.serialise;
    return at + 13;
  }

  #principal(at: number, it: Principal | null): number {
    const fields = this.#fields;
    fields[at++] = it === null ? 0 : 1;
    if (it === null) return at;
    const known = this.#principals.get(it);
    fields[at] = known ?? at + 1;
    at++;
    if (known !== undefined) return at;
    this.#principals.set(it, at);
    fields[at] = this.#name(PLACES.principal, it.owner);
    fields[at + 1] = this.#name(PLACES.principal + 1, it.keyTail);
    fields[at + 2] = this.#name(PLACES.principal + 2, it.name);
    fields[at + 3] = this.#json(PLACES.principal + 3, it.tags);
    fields[at + 4] = this.#name(PLACES.principal + 4, it.keyId);
    fields[at + 5] = this.#name(PLACES.principal + 5, it.team);
    fields[at + 6] = this.#name(PLACES.principal + 6, it.userId);
    return at + 7;
  }

  /** @param base where its names stand among the last ones. */
  #call(at: number, base: number, it: ModelCall): number {
    this.#room(at);
    const fields = this.#fields;
    const { responseId, spanId, parentSpanId } = it;
    this.#texts += responseId + spanId + parentSpanId;
    fields[at] = this.#name(base, it.operation);
    fields[at + 1] = this.#name(base + 1, it.provider);
    fields[at + 2] = this.#name(base + 2, it.system);
    fields[at + 3] = this.#name(base + 3, it.model);
    fields[at + 4] = this.#name(base + 4, it.responseModel);
    fields[at + 5] = responseId.length;
    fields[at + 6] = spanId.length;
    fields[at + 7] = parentSpanId.length;
    fields[at + 8] = this.#name(base + 5, it.status);
    fields[at + 9] = this.#name(base + 6, it.errorType);
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
    fields[at + 21] = this.#name(base + 7, it.finishReason);
    fields[at + 22] = this.#json(base + 8, it.parameters);
    fields[at + 23] = it.costUsd;
    fields[at + 24] = it.pausedMs;
    fields[at + 25] = it.beside ? 1 : 0;
    fields[at + 26] = it.attempts.length;
    at += 27;
    for (const attempt of it.attempts) at = this.#attempt(at, base, attempt);
    return at;
  }

  /** Most have what their call has, which has the last one's. */
  #attempt(at: number, base: number, it: Attempt): number {
    this.#room(at);
    const fields = this.#fields;
    const { spanId, upstreamRequestId } = it;
    this.#texts += spanId + upstreamRequestId;
    fields[at] = this.#name(base + 1, it.provider);
    fields[at + 1] = this.#name(base + 3, it.model);
    fields[at + 2] = this.#name(base + 9, it.method);
    fields[at + 3] = this.#name(base + 5, it.status);
    fields[at + 4] = it.httpStatus;
    fields[at + 5] = this.#name(base + 6, it.errorType);
    fields[at + 6] = spanId.length;
    fields[at + 7] = this.#name(base + 10, it.serverAddress);
    fields[at + 8] = it.serverPort;
    fields[at + 9] = this.#name(base + 11, it.url);
    fields[at + 10] = upstreamRequestId.length;
    fields[at + 11] = it.startedAt;
    fields[at + 12] = it.queuedMs;
    fields[at + 13] = it.headersAt;
    fields[at + 14] = it.firstChunkAt;
    fields[at + 15] = it.endedAt;
    fields[at + 16] = it.hedge ? 1 : 0;
    fields[at + 17] = it.continues ? 1 : 0;
    return at + 18;
  }

  #storeOperation(at: number, it: StoreOperation): number {
    this.#room(at);
    const fields = this.#fields;
    const { spanId, parentSpanId, conversationId } = it;
    this.#texts += spanId + parentSpanId + conversationId;
    fields[at] = this.#name(PLACES.store, it.store);
    fields[at + 1] = this.#name(PLACES.store + 1, it.backend);
    fields[at + 2] = this.#name(PLACES.store + 2, it.operation);
    fields[at + 3] = it.startedAt;
    fields[at + 4] = this.#name(PLACES.store + 3, it.status);
    fields[at + 5] = spanId.length;
    fields[at + 6] = parentSpanId.length;
    fields[at + 7] = it.endedAt;
    fields[at + 8] = conversationId.length;
    fields[at + 9] = it.messageCount;
    fields[at + 10] = this.#name(PLACES.store + 4, it.conversationModel);
    return at + 11;
  }

  #stageRun(at: number, it: StageRun): number {
    this.#room(at);
    const fields = this.#fields;
    this.#texts += it.spanId;
    fields[at] = this.#name(PLACES.stage, it.stage);
    fields[at + 1] = it.startedAt;
    fields[at + 2] = it.spanId.length;
    fields[at + 3] = it.endedAt;
    fields[at + 4] = this.#name(PLACES.stage + 1, it.errorType);
    fields[at + 5] = this.#json(PLACES.stage + 2, it.facts);
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
    if (names === null) return at;
    this.#room(at + names.length);
    this.#fields[at++] = names.length;
    for (const name of names) this.#fields[at++] = this.#name(PLACES.headers, name);
    return at;
  }

  /** @returns its number in this batch; 0: it is empty. */
  #name(place: number, value: string): number {
    return this.#lastNames[place] === value ? this.#lastNumbers[place] as number : this.#learn(place, value);
  }

  #learn(place: number, value: string): number {
    let number = value === "" ? 0 : this.#numbers.get(value);
    if (number === undefined) {
      number = this.#names.push(value);
      this.#numbers.set(value, number);
    }
    this.#lastNames[place] = value;
    this.#lastNumbers[place] = number;
    return number;
  }

  #json(place: number, value: unknown): number {
    return value === null ? 0 : this.#name(place, JSON.stringify(value));
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

  /** A name where it stands: its length in bytes, and then itself. */
  #whole(at: number, name: string): number {
    const bytes = this.#encode(at + 1, name);
    this.#fields[at] = bytes;
    return at + 1 + fieldsOf(bytes);
  }

  /** @returns bytes of a text that it wrote, as UTF-8. */
  #encode(at: number, text: string): number {
    const { length } = text;
    // That takes three bytes a unit at most.
    this.#room(at + fieldsOf(length * 3));
    if (length <= SHORT && writeAscii(this.#bytes, at * FIELD, text)) return length;
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
