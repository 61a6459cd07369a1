/** How long turns of the main thread took; those in which it had to leave the processor to others are told apart. */
export class Turns {
  #longest = 0;
  #over = 0;
  #count = 0;
  #preempted = 0;
  #longestPreempted = 0;

  time(work: () => void): void {
    const switches = involuntarySwitches();
    const started = performance.now();
    work();
    const took = performance.now() - started;
    this.#count++;
    if (took > 0.25 && involuntarySwitches() > switches) {
      this.#preempted++;
      this.#longestPreempted = Math.max(this.#longestPreempted, took);
      return;
    }
    this.#longest = Math.max(this.#longest, took);
    if (took > 1) this.#over++;
  }

  forget(): void {
    this.#longest =
      this.#over =
      this.#count =
      this.#preempted =
      this.#longestPreempted =
        0;
  }

  toString(): string {
    return `${this.#count}, the longest ${this.#longest.toFixed(2)} ms, ${this.#over} over 1 ms; ` +
      `preempted in ${this.#preempted} more, of ${this.#longestPreempted.toFixed(2)} ms at most`;
  }
}

function involuntarySwitches(): number {
  const status = Deno.readTextFileSync(`/proc/self/task/${Deno.pid}/status`);
  return Number(/^nonvoluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1]);
}
