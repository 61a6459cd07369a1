import type { Stage } from "./scenario.ts";

/**
 * When each request of an open loop is to be sent, whatever becomes of those before it: evenly at the rate of the
 * moment, which changes in a straight line within a stage.
 */
export class Arrivals {
  readonly #stages: readonly Stage[];
  readonly #rate: number;
  #stage = 0;
  /** Where the present stage begins: seconds, rate, and requests until then. */
  #start = 0;
  #from = 0;
  #before = 0;
  #sent = 0;

  /** @param rate requests a second at level 1. */
  constructor(stages: readonly Stage[], rate: number) {
    this.#stages = stages;
    this.#rate = rate;
  }

  /** How many are due in so many seconds from the start. */
  dueBy(seconds: number): number {
    return dueBy(this.#stages, this.#rate, seconds);
  }

  /** Seconds after the start at which the next one is due; Infinity: there is none. */
  next(): number {
    // The middle of its interval, so that as many are sent in each second as its rate says.
    const target = this.#sent + 0.5;
    for (;;) {
      const stage = this.#stages[this.#stage];
      if (stage === undefined) return Infinity;
      const to = stage.level * this.#rate;
      const inStage = (this.#from + to) / 2 * stage.seconds;
      const wanted = target - this.#before;
      if (wanted <= inStage && inStage > 0) {
        this.#sent++;
        return this.#start + timeFor(wanted, this.#from, (to - this.#from) / stage.seconds);
      }
      this.#before += inStage;
      this.#start += stage.seconds;
      this.#from = to;
      this.#stage++;
    }
  }
}

/** The area below the rate. */
function dueBy(stages: readonly Stage[], rate: number, seconds: number): number {
  let from = 0;
  let left = seconds;
  let area = 0;
  for (const stage of stages) {
    if (left <= 0) break;
    const to = stage.level * rate;
    const share = stage.seconds === 0 ? 1 : Math.min(1, left / stage.seconds);
    area += (from + (to - from) * share / 2) * stage.seconds * share;
    left -= stage.seconds;
    from = to;
  }
  return Math.floor(area + 0.5);
}

/** The t of `from · t + slope · t² / 2 = wanted`, in the form that loses no digits. */
function timeFor(wanted: number, from: number, slope: number): number {
  return 2 * wanted / (from + Math.sqrt(Math.max(0, from * from + 2 * slope * wanted)));
}
