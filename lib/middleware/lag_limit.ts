import { LAG_INTERVAL_MS } from "../telemetry/metrics/event_loop_lag.ts";

/** Before there is a limit, one that came late stands for so many at most: a single pause, however long, does not last. */
const MISSED = 16;
/** So many calm samples in a row show that what was under way all the while can be borne. */
const CALM = 3;
/** What was borne is forgotten by and by, for requests are not always alike: by half within a minute. */
const FORGOTTEN = 0.999;
/** So many times the lag that is kept to has to stand before there is a limit at all: a busy gateway needs none. */
const ALARM = 20;
/** The same, where most samples of a second stand above it, before what streams bring is gathered: that holds chunks up. */
const STRAIN = 3;
/**
 * More than so many times what was borne, and ever later: nobody waits for two seconds. By then thousands of streams may
 * have been taken on, which hold up all others until they end.
 */
const RUSH = 2;
/**
 * Samples, most of which have to be late before requests are limited: what is over within two seconds is a burst, or V8
 * collecting what thousands of streams hold, for which it may take one.
 */
const BEGIN = 40;
/** The same, before what streams bring is gathered. */
const STRAINED = 10;
/** The same, before the limit is lowered again. */
const LOWER = 5;
/** Samples in a row that need no limit before there is none. */
const END = 10;
/** Below so many at a time, what holds the event loop up is not their number. */
const FEWEST = 64;
/** The largest and the smallest step down: by as much as the lag is above what it may be, within these. */
const LARGEST = { known: 0.9, unknown: 0.5 };
const SMALLEST = 0.95;
/**
 * How the limit grows, ten times a second, while it is what holds requests back: by as little as can be from near what
 * was too much, where each step may be one too many, and faster the longer none of them was.
 */
const GROWTH = { most: 0.05, least: 0.005, doubled: 20 };
/** From this share of what was too much on it is near. */
const NEAR = 0.9;
/** From this share of the limit on it is the limit that holds requests back. */
const FULL = 0.9;
/** This much more than the limit there may be under way when a step down counts as done. */
const REACHED = 1.05;

/**
 * How many requests at a time the event loop bears, found by trying: fewer while it stands late, a few more while it
 * is not. So a gateway that is asked for several times what it can do is busy and not late, and says so to the rest
 * within milliseconds; refusing all for a while, and then none, would leave it idle half of the time.
 *
 * What was under way when the loop was last in time is where it begins: what comes at once in far too great a number
 * is cut down to that in one step, and who only had a pause of the machine loses nothing.
 */
export class LagLimit {
  /** Requests at a time; Infinity: as many as there are. */
  limit = Infinity;
  /** Milliseconds that the event loop may stand late; Infinity: any. */
  most = Infinity;
  readonly #recent: number[] = [];
  /** Requests under way at each of the last samples that were in time, without one between them that was not. */
  readonly #calmly: number[] = [];
  /** So many at a time were borne; 0: not known. */
  #borne = 0;
  /** The last sample. */
  #last = 0;
  /** So many at a time were too many. */
  #tooMany = Infinity;
  /** Steps by which the limit has grown since it was near that. */
  #steps = 0;
  #calm = 0;

  /** There is a limit, or most of the last samples were so late that there may soon be one. */
  get strained(): boolean {
    return this.limit !== Infinity ||
      (this.#recent.length >= STRAINED && median(this.#recent.slice(-STRAINED)) > this.most * STRAIN);
  }

  /**
   * To be called each {@linkcode LAG_INTERVAL_MS}.
   * @param lag how late the loop deals with what is ready, ms.
   * @param inFlight requests under way.
   * @param passed since the last call, ms; timers may be in time where all else is late. Default: they were as late.
   */
  sample(lag: number, inFlight: number, passed = LAG_INTERVAL_MS + lag): void {
    if (this.most === Infinity) this.limit = Infinity;
    this.#learn(lag, inFlight);
    const { limit } = this;
    const [looked, most] = limit === Infinity ? [BEGIN, this.most * ALARM] : [LOWER, this.most];
    // Until a step down is reached, the lag is that of those who are still under way.
    if (inFlight > limit * REACHED) this.#recent.length = 0;
    // A loop that turns once a second is sampled once a second.
    const stands = limit === Infinity
      ? Math.max(1, Math.min(MISSED, Math.floor(passed / LAG_INTERVAL_MS)))
      : 1;
    for (let i = 0; i < stands; i++) this.#recent.push(lag);
    this.#recent.splice(0, this.#recent.length - BEGIN);
    const standing = median(this.#recent.slice(-looked));
    const stood = this.#recent.length >= looked && standing > most && lag > most;
    if (stood || this.#rushed(lag, most, inFlight)) this.#lower(standing, inFlight);
    else if (lag <= this.most && inFlight >= limit * FULL) this.#grow();
    this.#last = lag;
    this.#calm = lag <= this.most && inFlight < this.limit * FULL ? this.#calm + 1 : 0;
    if (this.#calm >= END) this.limit = Infinity;
  }

  #learn(lag: number, inFlight: number): void {
    this.#borne *= FORGOTTEN;
    if (lag > this.most) {
      this.#calmly.length = 0;
      return;
    }
    this.#calmly.push(inFlight);
    if (this.#calmly.length > CALM) this.#calmly.shift();
    if (this.#calmly.length === CALM) this.#borne = Math.max(this.#borne, Math.min(...this.#calmly));
  }

  /** Who was paused is less late each time; and one who never had many, or has just begun, does not know what it bears. */
  #rushed(lag: number, most: number, inFlight: number): boolean {
    return this.limit === Infinity && this.#borne >= FEWEST && inFlight > this.#borne * RUSH &&
      this.#last > most && lag > this.#last;
  }

  #grow(): void {
    const { most, least, doubled } = GROWTH;
    const near = this.limit >= this.#tooMany * NEAR;
    this.limit *= 1 + (near ? Math.min(most, least * 2 ** (this.#steps++ / doubled)) : most);
  }

  /** Once those under way have become as few as the last step asked for: before, it is that step that is awaited. */
  #lower(standing: number, inFlight: number): void {
    if (inFlight <= FEWEST || inFlight > this.limit * REACHED) return;
    const known = this.#borne > 0;
    const step = Math.min(SMALLEST, Math.max(known ? LARGEST.known : LARGEST.unknown, this.most / standing));
    const back = this.limit === Infinity && known && inFlight > this.#borne;
    const lower = back ? this.#borne : inFlight * step;
    // What is lowered has not been borne.
    this.#borne = Math.min(this.#borne, lower);
    this.#tooMany = inFlight;
    this.#steps = 0;
    this.limit = Math.max(FEWEST, Math.floor(lower));
    this.#recent.length = 0;
  }
}

/** Neither a single pause (a collection of garbage) nor a single quiet moment changes it. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;
}
