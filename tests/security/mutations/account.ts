/** What came of many mutated inputs. */
export interface Account {
  count: number;
  /** Answers by status; of streams the outcome of their record. */
  readonly outcomes: Map<string, number>;
  /** What should not have happened, with what it takes to see it again; the first few. */
  readonly faults: string[];
  /** All of them. */
  failed: number;
}

const KEPT = 20;

export function newAccount(): Account {
  return { count: 0, outcomes: new Map(), faults: [], failed: 0 };
}

export function tally(account: Account, outcome: string): void {
  account.outcomes.set(outcome, (account.outcomes.get(outcome) ?? 0) + 1);
}

export function fault(account: Account, what: string): void {
  account.failed++;
  if (account.faults.length < KEPT) account.faults.push(what);
}

/** Fails whatever takes too long, by one timer for all. */
export class Watch implements Disposable {
  readonly #running = new Map<(error: Error) => void, number>();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(ms: number) {
    this.#timer = setInterval(() => {
      const now = performance.now();
      for (const [fail, began] of this.#running) {
        if (now - began > ms) fail(new Error(`it hangs: nothing for ${ms} ms`));
      }
    }, ms / 4);
  }

  within<Result>(work: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#running.set(reject, performance.now());
      work.then(resolve, reject).finally(() => this.#running.delete(reject));
    });
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
