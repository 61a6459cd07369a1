import type { After, Loop } from "./loop.ts";
import { levelAt, type Stage } from "./scenario.ts";
import type { Sends } from "./sender.ts";

/** A user whose connection failed tries again no sooner, milliseconds: else it would do nothing but connect. */
const AFTER_FAILURE = 100;

export interface ClosedLoopOptions {
  readonly stages: readonly Stage[];
  /** At level 1. */
  readonly users: number;
  /** Users that may be added a second. */
  readonly spawnRate: number;
  /** Between an answer and the next request, milliseconds: from, to. */
  readonly wait: readonly [number, number];
  /** @param user counts from 0. */
  readonly sender: (user: number) => Sends;
  /** In [0, 1), of a user: for its waits. */
  readonly random: (user: number) => () => number;
  readonly now: () => number;
  readonly after: After;
}

/** One user: sends, waits for the answer, pauses, sends again. */
class User {
  readonly ended: Promise<void>;
  #stopped = false;
  #wake: (() => void) | null = null;

  constructor(
    readonly sender: Sends,
    private readonly random: () => number,
    private readonly options: ClosedLoopOptions,
  ) {
    this.ended = this.#live();
  }

  stop(): void {
    this.#stopped = true;
    this.#wake?.();
  }

  async #live(): Promise<void> {
    const [from, to] = this.options.wait;
    while (!this.#stopped) {
      const good = await this.sender.send(this.options.now());
      const pause = Math.max(from + (to - from) * this.random(), good ? 0 : AFTER_FAILURE);
      if (pause > 0 && !this.#stopped) await this.#pause(pause);
    }
    this.sender.abandon();
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.options.after(ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}

/** As many users as the stages say, each with one request at a time: a slow server is asked less often. */
export class ClosedLoop implements Loop {
  readonly #options: ClosedLoopOptions;
  readonly #users: User[] = [];
  /** Those that were told to stop and may have a request under way. */
  readonly #leaving = new Set<User>();
  #made = 0;
  /** Users that may be added now; a fraction is kept for later. */
  #budget = 0;
  #last = 0;
  #stopped = false;

  constructor(options: ClosedLoopOptions) {
    this.#options = options;
  }

  get users(): number {
    return this.#users.length;
  }

  get inFlight(): number {
    return this.#all().filter(({ sender }) => sender.busy).length;
  }

  tick(elapsed: number): void {
    const { stages, users, spawnRate, now } = this.#options;
    for (const { sender } of this.#all()) sender.expire(now());
    if (this.#stopped) return;
    this.#budget = spawnRate === Infinity
      ? Infinity
      : Math.min(this.#budget + (elapsed - this.#last) * spawnRate, Math.max(spawnRate, 1));
    this.#last = elapsed;
    const wanted = Math.round(levelAt(stages, elapsed) * users);
    while (this.#users.length > wanted) this.#dismiss();
    // The first comes at once, whatever the rate.
    if (this.#made === 0) this.#budget = Math.max(this.#budget, 1);
    while (this.#users.length < wanted && this.#budget >= 1) {
      this.#budget--;
      this.#add();
    }
  }

  stop(): void {
    this.#stopped = true;
    while (this.#users.length > 0) this.#dismiss();
  }

  abandon(): void {
    for (const { sender } of this.#leaving) sender.abandon();
  }

  async settled(): Promise<void> {
    await Promise.all([...this.#leaving].map(({ ended }) => ended));
  }

  #all(): User[] {
    return [...this.#users, ...this.#leaving];
  }

  #add(): void {
    const index = this.#made++;
    this.#users.push(new User(this.#options.sender(index), this.#options.random(index), this.#options));
  }

  #dismiss(): void {
    const user = this.#users.pop();
    if (user === undefined) return;
    this.#leaving.add(user);
    user.ended.then(() => this.#leaving.delete(user));
    user.stop();
  }
}
