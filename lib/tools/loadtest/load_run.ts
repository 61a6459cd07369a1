import type { Clock } from "../../clock.ts";
import { seededRandom } from "../../providers/mock/seeded_random.ts";
import { Arrivals } from "./arrivals.ts";
import { ClosedLoop } from "./closed_loop.ts";
import type { LaneRoute } from "./lane.ts";
import { type Loop, systemAfter } from "./loop.ts";
import type { MixedRequests } from "./mix.ts";
import { OpenLoop } from "./open_loop.ts";
import type { Plan } from "./plan.ts";
import { Recorder } from "./recorder.ts";
import { secondsOf } from "./scenario.ts";
import { Sender } from "./sender.ts";

/** How often users are added or dismissed and time-outs looked at, milliseconds. */
const TICK_MS = 50;
/** Apart, so that what a user asks and how long it waits do not depend on each other. */
const WAIT_SEED = 0x5bd1e995;

export interface LoadOptions extends Pick<Plan, "stages" | "users" | "spawnRate" | "rate" | "wait"> {
  readonly route: LaneRoute;
  readonly requests: MixedRequests;
  readonly timeoutMs: number;
  /** How long requests under way at the end may go on, milliseconds. */
  readonly graceMs: number;
  readonly seed: number;
  readonly clock: Clock;
}

export type RunState = "running" | "ending" | "over";

/** A load from its start to its end. */
export class LoadRun {
  readonly recorder: Recorder;
  /** Seconds that it is to take. */
  readonly planned: number;
  /** Wall-clock milliseconds. */
  readonly startedAt: number;
  /** Resolves when nothing is under way any more. */
  readonly ended: Promise<void>;
  readonly #options: LoadOptions;
  readonly #loop: Loop;
  readonly #start: number;
  readonly #stopTicking: () => void;
  readonly #settled = Promise.withResolvers<void>();
  #state: RunState = "running";
  #stoppedEarly = false;
  #end: number | null = null;
  #graceEnds = Infinity;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.recorder = new Recorder(options.requests.kinds);
    this.planned = secondsOf(options.stages);
    this.startedAt = options.clock.wall();
    this.#start = options.clock.now();
    this.#loop = options.rate === null ? this.#closed() : this.#open(options.rate);
    this.ended = this.#settled.promise;
    this.#stopTicking = options.clock.every(TICK_MS, () => this.#tick());
    this.#tick();
  }

  get state(): RunState {
    return this.#state;
  }

  /** Whether it was stopped before its time. */
  get stoppedEarly(): boolean {
    return this.#stoppedEarly;
  }

  get users(): number {
    return this.#loop.users;
  }

  get inFlight(): number {
    return this.#loop.inFlight;
  }

  /** Seconds in which requests were sent. */
  get elapsed(): number {
    return ((this.#end ?? this.#options.clock.now()) - this.#start) / 1000;
  }

  /** Sends nothing new; what is under way may end for a while. The second call gives that up. */
  stop(): void {
    if (this.#state === "running") {
      this.#stoppedEarly = true;
      this.#finish();
    } else this.#loop.abandon();
  }

  #tick(): void {
    const { elapsed } = this;
    this.#loop.tick(elapsed);
    if (this.#state === "running") {
      this.recorder.timeline.tick(elapsed, this.users);
      if (elapsed >= this.planned) this.#finish();
    } else if (this.#options.clock.now() >= this.#graceEnds) this.#loop.abandon();
  }

  #finish(): void {
    const { clock, graceMs } = this.#options;
    this.#state = "ending";
    this.#end = clock.now();
    this.#graceEnds = this.#end + graceMs;
    this.recorder.sending = false;
    const { users } = this;
    this.#loop.stop();
    this.#loop.settled().then(() => {
      this.#stopTicking();
      this.recorder.timeline.tick(this.elapsed, users, true);
      this.#state = "over";
      this.#settled.resolve();
    });
  }

  #closed(): Loop {
    const { stages, users, spawnRate, wait, clock, seed } = this.#options;
    return new ClosedLoop({
      stages,
      users,
      spawnRate,
      wait,
      now: () => clock.now(),
      after: systemAfter,
      random: (user) => seededRandom((seed + user) ^ WAIT_SEED),
      sender: (user) => this.#sender(user),
    });
  }

  #open(rate: number): Loop {
    const { stages, users, clock } = this.#options;
    return new OpenLoop({
      arrivals: new Arrivals(stages, rate),
      connections: users,
      now: () => clock.now(),
      after: systemAfter,
      sender: (index) => this.#sender(index),
      onUnsent: (count) => this.recorder.unsent = count,
    });
  }

  #sender(index: number): Sender {
    const { route, requests, timeoutMs, clock, seed } = this.#options;
    const { recorder } = this;
    const options = { route, requests, recorder, timeoutMs, now: () => clock.now() };
    return new Sender(options, seededRandom(seed + index));
  }
}
