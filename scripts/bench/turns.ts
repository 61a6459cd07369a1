import { getHeapStatistics } from "node:v8";
import { computed, sleeps } from "./thread_account.ts";

/** The kernel's account of the main thread: computed, waited for a processor (both ns), and how often it had one. */
const account = Deno.openSync(`/proc/self/task/${Deno.pid}/schedstat`);
const buffer = new Uint8Array(64);
const decoder = new TextDecoder();

/** Milliseconds of a turn from which on it is told that the machine's other guests had them. */
const NOTICEABLE = 0.05;

/**
 * How long turns of the main thread took, without the time in which others had the processor: other threads, and other
 * guests of a virtual machine's host, which the kernel's account of waiting knows nothing of. A turn that sleeps is
 * blocked by what it does, so that counts. Where they are watched, it is also told whether V8 collected garbage in those over 1 ms: finding that out takes some microseconds before
 * each turn and after it, so that what is measured beside them is no longer true.
 */
export class Turns {
  readonly #watched: boolean;
  #longest = 0;
  #over = 0;
  #count = 0;
  #total = 0;
  #waits = 0;
  #longestWait = 0;
  #sleeps = 0;
  #stolen = 0;
  #longestStolen = 0;
  #collections = 0;
  #collectionsOver = 0;
  #longestOther = 0;

  constructor({ watched = false } = {}) {
    this.#watched = watched;
  }

  /** Milliseconds. */
  get mean(): number {
    return this.#total / this.#count;
  }

  time(work: () => void): void {
    const heap = this.#watched ? usedHeap() : 0;
    const before = waited();
    const slept = sleeps();
    const counted = computed();
    const started = performance.now();
    work();
    const took = performance.now() - started;
    const computing = computed() - counted;
    const awake = sleeps() === slept;
    const wait = waited() - before;
    const own = awake ? Math.min(computing, took) : took - wait;
    this.#count++;
    this.#total += own;
    this.#longest = Math.max(this.#longest, own);
    if (own > 1) this.#over++;
    if (wait > 0) this.#waits++;
    this.#longestWait = Math.max(this.#longestWait, wait);
    if (!awake) this.#sleeps++;
    const stolen = took - wait - own;
    if (stolen > NOTICEABLE) this.#stolen++;
    this.#longestStolen = Math.max(this.#longestStolen, stolen);
    if (!this.#watched) return;
    // What a turn leaves behind is more than nothing.
    if (usedHeap() < heap) {
      this.#collections++;
      if (own > 1) this.#collectionsOver++;
    } else {
      this.#longestOther = Math.max(this.#longestOther, own);
    }
  }

  forget(): void {
    this.#longest =
      this.#over =
      this.#count =
      this.#total =
      this.#waits =
      this.#longestWait =
      this.#sleeps =
      this.#stolen =
      this.#longestStolen =
      this.#collections =
      this.#collectionsOver =
      this.#longestOther =
        0;
  }

  toString(): string {
    return `${this.#count}, ${this.mean.toFixed(3)} ms each, the longest ${this.#longest.toFixed(2)} ms, ` +
      `${this.#over} over 1 ms, ${this.#sleeps} slept, besides what ${this.#waits} waited for the processor ` +
      `(${this.#longestWait.toFixed(2)} ms at most) and other guests took of ${this.#stolen} ` +
      `(${this.#longestStolen.toFixed(2)} ms at most)` +
      (this.#watched
        ? `; V8 collected in ${this.#collections}, of which ${this.#collectionsOver} were over 1 ms, and the longest ` +
          `of the others took ${this.#longestOther.toFixed(2)} ms`
        : "");
  }
}

/** Milliseconds for which the main thread could have gone on, and others had the processor. */
function waited(): number {
  account.seekSync(0, Deno.SeekMode.Start);
  const length = account.readSync(buffer) ?? 0;
  return Number(decoder.decode(buffer.subarray(0, length)).split(" ")[1]) / 1_000_000;
}

function usedHeap(): number {
  return getHeapStatistics().used_heap_size;
}
