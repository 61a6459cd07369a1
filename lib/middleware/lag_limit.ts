/** So many times the lag that is kept to has to stand before there is a limit at all: a busy gateway needs none. */
const ALARM = 8;
/** Samples, most of which have to be late before requests are limited: what is over within half a second is a burst. */
const BEGIN = 10;
/** The same, before the limit is lowered again. */
const LOWER = 5;
/** Samples in a row that need no limit before there is none. */
const END = 10;
/** Below so many at a time, what holds the event loop up is not their number. */
const FEWEST = 64;
/** The largest and the smallest step down: by as much as the lag is above what it may be, within these. */
const HALF = 0.5;
const LITTLE = 0.95;
/** How the limit grows, ten times a second, while it is what holds requests back. */
const GROWTH = 1.02;
/** From this share of the limit on it is the limit that holds requests back. */
const FULL = 0.9;
/** This much more than the limit there may be under way when a step down counts as done. */
const REACHED = 1.05;

/**
 * How many requests at a time the event loop bears, found by trying: fewer while it stands late, a few more while it
 * is not. So a gateway that is asked for several times what it can do is busy and not late, and says so to the rest
 * within milliseconds; refusing all for a while, and then none, would leave it idle half of the time.
 */
export class LagLimit {
  /** Requests at a time; Infinity: as many as there are. */
  limit = Infinity;
  /** Milliseconds that the event loop may stand late; Infinity: any. */
  most = Infinity;
  readonly #recent: number[] = [];
  #calm = 0;

  /** To be called ten times a second. @param lag milliseconds. @param inFlight requests under way. */
  sample(lag: number, inFlight: number): void {
    if (this.most === Infinity) this.limit = Infinity;
    const { limit } = this;
    if (this.#recent.push(lag) > BEGIN) this.#recent.shift();
    const [looked, most] = limit === Infinity ? [BEGIN, this.most * ALARM] : [LOWER, this.most];
    const standing = median(this.#recent.slice(-looked));
    if (this.#recent.length >= looked && standing > most) this.#lower(standing, inFlight);
    else if (lag <= this.most && inFlight >= limit * FULL) this.limit = Math.max(limit + 1, limit * GROWTH);
    this.#calm = lag <= this.most && inFlight < this.limit * FULL ? this.#calm + 1 : 0;
    if (this.#calm >= END) this.limit = Infinity;
  }

  /** Once those under way have become as few as the last step asked for: before, it is that step that is awaited. */
  #lower(standing: number, inFlight: number): void {
    if (inFlight <= FEWEST || inFlight > this.limit * REACHED) return;
    const step = Math.min(LITTLE, Math.max(HALF, this.most / standing));
    this.limit = Math.max(FEWEST, Math.floor(inFlight * step));
    this.#recent.length = 0;
  }
}

/** Neither a single pause (a collection of garbage) nor a single quiet moment changes it. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;
}
