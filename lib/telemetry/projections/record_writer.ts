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

/** How a number is written: by its kind, then its bytes. */
export enum NumberKind {
  NaN,
  Double,
  Byte,
  Short,
  Word,
}

/** How a text of its own is written: by its length up to this; with this one, as UTF-8 with a length of four bytes. */
export const LONG_TEXT = 255;

/** A number of a name from here on takes four bytes. */
const LARGE = 0x8000;

/** Bytes of a new batch; there are more where a record needs them. */
export const BATCH_SIZE = 128 * 1024;

/** Bytes before the first record: where the names stand, and how many records there are. */
export const BATCH_HEAD = 8;

/** Characters up to which a loop is sooner done than the encoder has begun. */
const SHORT = 64;
/**
 * Room that there is at the beginning of each piece of a record and after each long text, so that nothing short need
 * look for it: more than all numbers, flags, names and short texts take that stand between two such places.
 */
const AHEAD = 4096;

/** Where the names of a piece stand among the last ones, after those of the request itself. */
const PLACES = {
  principal: 32,
  call: 40,
  attempt: 64,
  inner: 80,
  store: 104,
  stage: 112,
  headers: 120,
};

type Bytes = Uint8Array<SharedArrayBuffer>;

/**
 * Writes records of finished requests into one batch, which is complete in itself: what comes again (models, routes,
 * addresses) stands in it once. Little-endian. What stands there, and in which order, is what `record_fields.ts`
 * reads; it is said again here, for on the way of a request a field is only read, and nothing is allocated for it. A
 * test holds that both agree about every field.
 */
export class RecordWriter {
  /** Records of this batch. */
  count = 0;
  #bytes = newBatch();
  #view = new DataView(this.#bytes.buffer);
  #at = BATCH_HEAD;
  #numbers = new Map<string, number>();
  #names: string[] = [];
  /** What was written last at each place, mostly the same again, and its number. */
  readonly #lastNames: (string | null)[] = new Array(128).fill(null);
  readonly #lastNumbers = new Uint16Array(128);
  /** Numbers that stand together: as such, and not as arguments, V8 makes no objects of them. */
  readonly #some = new Float64Array(16);
  /** As they were written in this batch. */
  #principals = new Map<Principal, Uint8Array>();

  /** Bytes so far, names aside. */
  get length(): number {
    return this.#at;
  }

  add(exchange: Exchange, said: Said | null): void {
    const from = this.#at;
    this.#room(from);
    // Where one cannot be written the next takes its place: half a record would make the others unreadable.
    const at = this.#record(from + 4, exchange, said);
    this.#view.setUint32(from, at - from - 4, true);
    this.#at = at;
    this.count++;
  }

  /**
   * Takes the batch, and begins the next.
   * @param next where that is written; absent: over this one, which is good until then.
   */
  take(next = this.#bytes): Bytes {
    let at = this.#at;
    for (const name of this.#names) at = this.#long(at, name);
    this.#view.setUint32(0, this.#at, true);
    this.#view.setUint32(4, this.count, true);
    const batch = this.#bytes.subarray(0, at);
    if (next !== this.#bytes) this.#writeTo(next);
    this.count = 0;
    this.#at = BATCH_HEAD;
    // Not cleared: V8 has a table that was left lead to the one after it, so that once one of them is old all that
    // come after are kept until the next full collection, and copied before.
    this.#numbers = new Map();
    this.#principals = new Map();
    this.#names = [];
    this.#lastNames.fill(null);
    return batch;
  }

  // Each of these writes at a place and gives the one after.

  #record(start: number, it: Exchange, said: Said | null): number {
    this.#some[0] = it.startedAt;
    this.#some[1] = it.wallStart;
    let at = this.#write(start, 2);
    at = this.#arrival(at, it);
    at = this.#trace(at, it);
    at = this.#client(at, it);
    at = this.#outcome(at, it);
    at = this.#answer(at, it);
    at = this.#times(at, it.phases);
    const { call, innerCalls, storeOperations, stageRuns } = it;
    at = this.#flag(at, call !== null);
    if (call !== null) at = this.#call(at, PLACES.call, call);
    at = this.#number(at, innerCalls.length);
    for (const inner of innerCalls) at = this.#call(at, PLACES.inner, inner);
    at = this.#number(at, storeOperations.length);
    for (const operation of storeOperations) at = this.#storeOperation(at, operation);
    at = this.#number(at, stageRuns.length);
    for (const run of stageRuns) at = this.#stageRun(at, run);
    at = this.#flag(at, said !== null);
    if (said !== null) at = this.#said(at, said);
    if (call !== null) at = this.#number(at, call.longestGapMs);
    for (const inner of innerCalls) at = this.#number(this.#room(at), inner.longestGapMs);
    at = this.#list(at, it.requestHeaders);
    return this.#list(at, it.responseHeaders);
  }

  #arrival(at: number, it: Exchange): number {
    at = this.#name(at, 0, it.method);
    at = this.#name(at, 1, it.route);
    at = this.#name(at, 2, it.path);
    at = this.#name(at, 3, it.scheme);
    at = this.#name(at, 4, it.host);
    at = this.#name(at, 5, it.clientAddress);
    at = this.#name(at, 6, it.userAgent);
    at = this.#text(at, it.requestId);
    at = this.#name(at, 7, it.dialect);
    at = this.#text(at, it.runId);
    return at;
  }

  #trace(at: number, it: Exchange): number {
    at = this.#flag(at, it.traced);
    at = this.#flag(at, it.sampled);
    at = this.#text(at, it.traceId);
    at = this.#text(at, it.spanId);
    at = this.#text(at, it.parentSpanId);
    at = this.#name(at, 8, it.traceState);
    at = this.#name(at, 9, it.samplingReason);
    this.#some[0] = it.samplingWeight;
    at = this.#write(at, 1);
    return at;
  }

  #client(at: number, it: Exchange): number {
    at = this.#principal(at, it.principal);
    at = this.#name(at, 10, it.user);
    at = this.#json(at, 11, it.metadata);
    at = this.#name(at, 12, it.sessionId);
    at = this.#json(at, 13, it.parameters);
    at = this.#json(at, 14, it.headerAttributes);
    at = this.#name(at, 15, it.requestedModel);
    at = this.#flag(at, it.stream);
    this.#some[0] = it.requestBytes;
    at = this.#write(at, 1);
    return at;
  }

  #outcome(at: number, it: Exchange): number {
    this.#some[0] = it.responseBytes;
    this.#some[1] = it.status;
    this.#some[2] = it.sentStatus;
    at = this.#write(at, 3);
    at = this.#name(at, 16, it.outcome);
    at = this.#name(at, 17, it.errorType);
    at = this.#name(at, 18, it.errorMessage);
    at = this.#name(at, 19, it.cancelStage);
    return at;
  }

  #answer(at: number, it: Exchange): number {
    at = this.#name(at, 20, it.rateLimit);
    at = this.#name(at, 21, it.cache);
    at = this.#name(at, 22, it.category);
    at = this.#name(at, 23, it.securityAction);
    this.#some[0] = it.costUsd;
    at = this.#write(at, 1);
    at = this.#name(at, 24, it.droppedParams);
    at = this.#list(at, it.answerHeaders);
    this.#some[0] = it.endedAt;
    this.#some[1] = it.firstByteAt;
    at = this.#write(at, 2);
    return at;
  }

  #times(at: number, it: Phases): number {
    this.#some[0] = it.parse;
    this.#some[1] = it.auth;
    this.#some[2] = it.classify;
    this.#some[3] = it.guard;
    this.#some[4] = it.cache;
    this.#some[5] = it.route;
    this.#some[6] = it.select;
    this.#some[7] = it.inject;
    this.#some[8] = it.queue;
    this.#some[9] = it.connect;
    this.#some[10] = it.ttft;
    this.#some[11] = it.relay;
    this.#some[12] = it.serialise;
    at = this.#write(at, 13);
    return at;
  }

  #principalFields(at: number, it: Principal): number {
    at = this.#name(at, PLACES.principal, it.owner);
    at = this.#name(at, PLACES.principal + 1, it.keyTail);
    at = this.#name(at, PLACES.principal + 2, it.name);
    at = this.#json(at, PLACES.principal + 3, it.tags);
    at = this.#name(at, PLACES.principal + 4, it.keyId);
    at = this.#name(at, PLACES.principal + 5, it.team);
    at = this.#name(at, PLACES.principal + 6, it.userId);
    return at;
  }

  #call(at: number, base: number, it: ModelCall): number {
    at = this.#name(this.#room(at), base, it.operation);
    at = this.#name(at, base + 1, it.provider);
    at = this.#name(at, base + 2, it.system);
    at = this.#name(at, base + 3, it.model);
    at = this.#name(at, base + 4, it.responseModel);
    at = this.#text(at, it.responseId);
    at = this.#text(at, it.spanId);
    at = this.#text(at, it.parentSpanId);
    at = this.#name(at, base + 5, it.status);
    at = this.#name(at, base + 6, it.errorType);
    this.#some[0] = it.startedAt;
    this.#some[1] = it.firstChunkAt;
    this.#some[2] = it.lastChunkAt;
    this.#some[3] = it.endedAt;
    this.#some[4] = it.chunks;
    this.#some[5] = it.inputTokens;
    this.#some[6] = it.outputTokens;
    this.#some[7] = it.cachedTokens;
    this.#some[8] = it.cacheCreationTokens;
    this.#some[9] = it.reasoningTokens;
    at = this.#write(at, 10);
    at = this.#flag(at, it.usageEstimated);
    at = this.#name(at, base + 7, it.finishReason);
    at = this.#json(at, base + 8, it.parameters);
    this.#some[0] = it.costUsd;
    this.#some[1] = it.pausedMs;
    at = this.#write(at, 2);
    at = this.#flag(at, it.beside);
    this.#some[0] = it.attempts.length;
    at = this.#write(at, 1);
    for (const tried of it.attempts) at = this.#attempt(at, tried);
    return at;
  }

  #attempt(at: number, it: Attempt): number {
    at = this.#name(this.#room(at), PLACES.attempt, it.provider);
    at = this.#name(at, PLACES.attempt + 1, it.model);
    at = this.#name(at, PLACES.attempt + 2, it.method);
    at = this.#name(at, PLACES.attempt + 3, it.status);
    this.#some[0] = it.httpStatus;
    at = this.#write(at, 1);
    at = this.#name(at, PLACES.attempt + 4, it.errorType);
    at = this.#text(at, it.spanId);
    at = this.#name(at, PLACES.attempt + 5, it.serverAddress);
    this.#some[0] = it.serverPort;
    at = this.#write(at, 1);
    at = this.#name(at, PLACES.attempt + 6, it.url);
    at = this.#text(at, it.upstreamRequestId);
    this.#some[0] = it.startedAt;
    this.#some[1] = it.queuedMs;
    this.#some[2] = it.headersAt;
    this.#some[3] = it.firstChunkAt;
    this.#some[4] = it.endedAt;
    at = this.#write(at, 5);
    at = this.#flag(at, it.hedge);
    at = this.#flag(at, it.continues);
    return at;
  }

  #storeOperation(at: number, it: StoreOperation): number {
    at = this.#name(this.#room(at), PLACES.store, it.store);
    at = this.#name(at, PLACES.store + 1, it.backend);
    at = this.#name(at, PLACES.store + 2, it.operation);
    this.#some[0] = it.startedAt;
    at = this.#write(at, 1);
    at = this.#name(at, PLACES.store + 3, it.status);
    at = this.#text(at, it.spanId);
    at = this.#text(at, it.parentSpanId);
    this.#some[0] = it.endedAt;
    at = this.#write(at, 1);
    at = this.#text(at, it.conversationId);
    this.#some[0] = it.messageCount;
    at = this.#write(at, 1);
    at = this.#name(at, PLACES.store + 4, it.conversationModel);
    return at;
  }

  #stageRun(at: number, it: StageRun): number {
    at = this.#name(this.#room(at), PLACES.stage, it.stage);
    this.#some[0] = it.startedAt;
    at = this.#write(at, 1);
    at = this.#text(at, it.spanId);
    this.#some[0] = it.endedAt;
    at = this.#write(at, 1);
    at = this.#name(at, PLACES.stage + 1, it.errorType);
    at = this.#json(at, PLACES.stage + 2, it.facts);
    return at;
  }

  #said(at: number, it: Said): number {
    for (const field of SAID) {
      const value = it[field];
      at = this.#flag(at, value !== undefined);
      if (value !== undefined) at = this.#text(at, value);
    }
    return at;
  }

  #list(at: number, names: readonly string[] | null): number {
    at = this.#flag(at, names !== null);
    if (names === null) return at;
    at = this.#number(at, names.length);
    for (const name of names) at = this.#name(this.#room(at), PLACES.headers, name);
    return at;
  }

  #principal(at: number, it: Principal | null): number {
    at = this.#flag(at, it !== null);
    if (it === null) return at;
    const known = this.#principals.get(it);
    if (known !== undefined) {
      this.#bytes.set(known, at);
      return at + known.length;
    }
    const end = this.#principalFields(at, it);
    this.#principals.set(it, this.#bytes.slice(at, end));
    return end;
  }

  /** Writes the first `count` of {@linkcode #some}. */
  #write(at: number, count: number): number {
    const some = this.#some;
    const bytes = this.#bytes;
    for (let i = 0; i < count; i++) {
      const value = some[i] as number;
      if (value !== value) bytes[at++] = NumberKind.NaN;
      else if (value < 0x100 && value >= 0 && (value | 0) === value) {
        bytes[at] = NumberKind.Byte;
        bytes[at + 1] = value;
        at += 2;
      } else at = this.#large(at, i);
    }
    return at;
  }

  #flag(at: number, value: boolean): number {
    this.#bytes[at] = value ? 1 : 0;
    return at + 1;
  }

  #number(at: number, value: number): number {
    this.#some[0] = value;
    return this.#write(at, 1);
  }

  #large(at: number, i: number): number {
    const value = this.#some[i] as number;
    const view = this.#view;
    if (value < 0x10000 && value > 0 && (value | 0) === value) {
      view.setUint8(at, NumberKind.Short);
      view.setUint16(at + 1, value, true);
      return at + 3;
    }
    if (value < 0x100000000 && value > 0 && value >>> 0 === value) {
      view.setUint8(at, NumberKind.Word);
      view.setUint32(at + 1, value, true);
      return at + 5;
    }
    view.setUint8(at, NumberKind.Double);
    view.setFloat64(at + 1, value, true);
    return at + 9;
  }

  #name(at: number, place: number, value: string): number {
    if (this.#lastNames[place] !== value) return this.#learn(at, place, value);
    const number = this.#lastNumbers[place] as number;
    this.#bytes[at] = number;
    this.#bytes[at + 1] = number >> 8;
    return at + 2;
  }

  /** Two bytes are enough for most; of what has a greater number the first two go out before. */
  #learn(at: number, place: number, value: string): number {
    let number = 0;
    if (value !== "") {
      number = this.#numbers.get(value) ?? 0;
      if (number === 0) {
        number = this.#names.push(value);
        this.#numbers.set(value, number);
      }
    }
    if (number < LARGE) {
      this.#lastNames[place] = value;
      this.#lastNumbers[place] = number;
    } else {
      this.#view.setUint16(at, LARGE | number >>> 16, true);
      at += 2;
    }
    this.#view.setUint16(at, number & 0xffff, true);
    return at + 2;
  }

  #json(at: number, place: number, value: unknown): number {
    return this.#name(at, place, value === null ? "" : JSON.stringify(value));
  }

  #text(at: number, value: string): number {
    const { length } = value;
    if (length < LONG_TEXT && writeAscii(this.#bytes, at + 1, value)) {
      this.#bytes[at] = length;
      return at + 1 + length;
    }
    this.#bytes[at] = LONG_TEXT;
    return this.#long(at + 1, value);
  }

  #long(at: number, value: string): number {
    // UTF-8 takes three bytes a unit at most.
    this.#room(at + value.length * 3);
    if (value.length <= SHORT && writeAscii(this.#bytes, at + 4, value)) {
      this.#view.setUint32(at, value.length, true);
      return at + 4 + value.length;
    }
    const { written } = encoder.encodeInto(value, this.#bytes.subarray(at + 4));
    this.#view.setUint32(at, written, true);
    return at + 4 + written;
  }

  /** @returns the place, after which there is room now. */
  #room(at: number): number {
    const needed = at + AHEAD;
    if (needed > this.#bytes.length) {
      const grown = newBatch(Math.max(this.#bytes.length * 2, needed));
      grown.set(this.#bytes);
      this.#writeTo(grown);
    }
    return at;
  }

  #writeTo(bytes: Bytes): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}

/** Room for a batch, which another thread can read as it stands. */
export function newBatch(size = BATCH_SIZE): Bytes {
  return new Uint8Array(new SharedArrayBuffer(size));
}
