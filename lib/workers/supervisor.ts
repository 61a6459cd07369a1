import type { Clock } from "../clock.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Registry } from "../telemetry/metrics/registry.ts";
import type { Snapshot } from "../telemetry/metrics/snapshot.ts";
import { Aggregation } from "./aggregation.ts";
import type { LineOutput } from "./line_output.ts";
import { MeetingPoint } from "./meeting_point.ts";
import type { AdminQuestion, Hello, ReloadAnswer, SupervisorMethods, WorkerAnswer } from "./protocol.ts";
import { RestartPolicy } from "./restart_policy.ts";
import { type Ready, WorkerProcess } from "./worker_process.ts";

export interface SupervisorOptions {
  readonly workers: number;
  /** Starts a worker, which reads its {@linkcode Hello} from standard input. */
  readonly command: readonly [string, ...string[]];
  readonly hello: Pick<Hello, "port" | "metricsPort" | "terminal">;
  /** The configuration in force. */
  readonly text: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where the workers' lines go. */
  readonly output: LineOutput;
  /** Has the metrics that are shown. */
  readonly registry: Registry;
  /** What the supervisor itself has counted. */
  readonly takeSnapshot: () => Snapshot;
  /** Reads the configuration anew for all, at a worker's wish. */
  readonly reload: () => Promise<ReloadAnswer>;
  /** Milliseconds that workers may take to end. */
  readonly grace: number;
  /** Milliseconds after which a worker that answers nothing is killed; default 30,000. */
  readonly silence?: number | undefined;
}

/** A worker ended before it served, at the start of all of them. */
export class StartFailure extends Error {
  override readonly name = "StartFailure";

  constructor(readonly code: number) {
    super(`Cannot start: a worker ended with code ${code}`);
  }
}

interface Place {
  readonly number: number;
  readonly policy: RestartPolicy;
  worker: WorkerProcess | null;
}

/** Time that a scrape waits for what the others have counted; who is late is shown as it was last. */
const GATHER_MS = 250;
/** Time for what a worker has to look up first. */
const LOOK_UP_MS = 5_000;
/** How often it learns what workers have counted, so that little is forgotten when one is killed. */
const REFRESH_MS = 1_000;
const ASK_MS = 10_000;
const SILENCE_MS = 30_000;

/** Keeps workers running, and makes one gateway of them: one configuration, one set of metrics. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #places: readonly Place[];
  readonly #meeting: MeetingPoint;
  readonly #aggregation: Aggregation;
  /** Those that have grown too large and wait for their successors. */
  readonly #grown = new Set<WorkerProcess>();
  /** Those that run, those on their way out among them. */
  readonly #workers = new Set<WorkerProcess>();
  readonly #stopRefresh: () => void;
  #text: string;
  #ending = false;
  #crashLoop = false;
  /** One change of all workers at a time. */
  #changing: Promise<unknown> = Promise.resolve();

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#text = options.text;
    this.#places = Array.from({ length: options.workers }, (_, index) => ({
      number: index + 1,
      policy: new RestartPolicy(),
      worker: null,
    }));
    this.#aggregation = new Aggregation(options.registry);
    this.#meeting = new MeetingPoint((worker) => this.#questions(worker));
    this.#stopRefresh = options.clock.every(REFRESH_MS, () => {
      this.#killSilent();
      this.#refresh();
    });
  }

  /** Process ids, by the workers' numbers. */
  get pids(): number[] {
    return this.#places.flatMap(({ worker }) => worker === null ? [] : [worker.pid]);
  }

  /** Starts all; resolves once all serve. @throws {StartFailure} where one ends before. */
  async start(): Promise<Ready> {
    const workers = this.#places.map((place) => this.#begin(place, true));
    const [first] = await Promise.all(workers.map((worker) =>
      worker.ready.catch(async () => {
        throw new StartFailure((await worker.ended).code);
      })
    ));
    for (const place of this.#places) this.#keep(place);
    if (first === undefined) throw new Error("Cannot start: there are no workers");
    return first;
  }

  /** Has all workers go by another configuration, or none. @returns what is wrong with it. */
  change(text: string): Promise<readonly string[]> {
    return this.#oneByOne(async () => {
      const workers = this.#serving();
      const problems = await Promise.all(
        workers.map(async (worker) =>
          await worker.channel?.ask("prepare", text, ASK_MS).catch((error: Error) => [error.message]) ?? []
        ),
      );
      const [found = []] = problems.filter((list) => list.length > 0);
      if (found.length > 0) {
        await Promise.all(
          workers.map((worker) => worker.channel?.ask("abort", null, ASK_MS).catch(() => {})),
        );
        return found;
      }
      this.#text = text;
      await Promise.all(workers.map(async (worker) => {
        await worker.channel?.ask("commit", null, ASK_MS).catch(() => {});
        worker.text = text;
      }));
      return [];
    });
  }

  /** Replaces the workers one after the other; each has its successor before it stops accepting. */
  replaceAll(): Promise<void> {
    return this.#oneByOne(async () => {
      for (const place of this.#places) {
        if (this.#ending) return;
        await this.#replace(place);
      }
    });
  }

  /** A worker that stays above its memory's limit refuses requests for good: another serves in its place. */
  async #replaceGrown(worker: WorkerProcess, bytes: number): Promise<void> {
    if (this.#grown.has(worker)) return;
    this.#grown.add(worker);
    await this.#oneByOne(async () => {
      const place = this.#places.find((it) => it.worker === worker);
      // It ended, or was replaced, while others were.
      if (place === undefined || worker.draining || this.#ending) return;
      this.#options.logger.warn(
        `worker ${worker.number} keeps ${
          Math.round(bytes / 1024 ** 2)
        }MiB though it refuses requests: another takes its place`,
        { event: "worker.grown" },
      );
      await this.#replace(place);
    });
    this.#grown.delete(worker);
  }

  reopenLogs(): void {
    for (const worker of this.#workers) worker.channel?.tell("reopenLog", null);
  }

  /** What all have counted together. */
  async gather(): Promise<Snapshot> {
    await this.#refresh();
    return this.#aggregation.show([
      this.#options.takeSnapshot(),
      ...[...this.#workers].map(({ last }) => last),
    ]);
  }

  /** Ends all as SIGTERM does; those that do not end within the grace are killed. */
  async shutdown(): Promise<void> {
    this.#ending = true;
    this.#stopRefresh();
    for (const worker of this.#workers) worker.drain(false);
    const timer = setTimeout(() => this.kill(), this.#options.grace);
    await Promise.all([...this.#workers].map(({ ended }) => ended));
    clearTimeout(timer);
    this.#meeting.close();
  }

  /** Ends all now. */
  kill(): void {
    this.#ending = true;
    for (const worker of this.#workers) worker.kill("SIGKILL");
  }

  #begin(place: Place, atStart: boolean): WorkerProcess {
    const { command, hello, output, workers } = this.#options;
    const token = crypto.randomUUID() + crypto.randomUUID();
    const worker = new WorkerProcess(command, {
      ...hello,
      number: place.number,
      workers,
      supervisor: this.#meeting.port,
      token,
      text: this.#text,
      speaks: atStart && place.number === 1,
    }, output);
    this.#meeting.expect(token, worker);
    this.#workers.add(worker);
    place.worker = worker;
    worker.ended.then(() => {
      this.#workers.delete(worker);
      this.#aggregation.retire(worker.last);
    });
    return worker;
  }

  /** Fills a place anew for as long as the supervisor runs. */
  async #keep(place: Place): Promise<void> {
    const { clock, logger } = this.#options;
    while (!this.#ending) {
      const { worker } = place;
      if (worker === null) return;
      const status = await worker.ended;
      // Replaced: its successor is looked after in its place.
      if (place.worker !== worker) continue;
      if (this.#ending) return;
      const lived = Number.isNaN(worker.readyAt) ? 0 : clock.now() - worker.readyAt;
      const asked = worker.draining || (status.code === 0 && !Number.isNaN(worker.readyAt));
      const wait = asked ? 0 : place.policy.died(lived);
      logger.log(asked ? "INFO" : "ERROR", `worker ${place.number} ended, another takes its place`, {
        event: "worker.ended",
        code: status.code,
        signal: status.signal ?? undefined,
        restart_in_ms: wait,
      });
      this.#judge();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      if (this.#ending) return;
      this.#begin(place, false);
    }
  }

  async #replace(place: Place): Promise<void> {
    const before = place.worker;
    const { logger } = this.#options;
    const next = this.#begin(place, false);
    try {
      await next.ready;
    } catch (error) {
      logger.error(`worker ${place.number} stays: ${String(error)}`, { event: "worker.not_replaced" });
      // A new one that died has left its place to nobody: the old one is looked after again.
      if (place.worker === next) place.worker = before;
      return;
    }
    logger.info(`worker ${place.number} is replaced`, { event: "worker.replaced" });
    before?.drain(true);
    await before?.ended;
  }

  #serving(): WorkerProcess[] {
    return [...this.#workers].filter(({ readyAt, draining }) => !Number.isNaN(readyAt) && !draining);
  }

  async #refresh(): Promise<void> {
    const { clock } = this.#options;
    const now = clock.now();
    for (const { worker, policy } of this.#places) {
      if (worker !== null && !Number.isNaN(worker.readyAt)) policy.lives(now - worker.readyAt);
    }
    this.#judge();
    await inTime(
      Promise.all([...this.#workers].map((worker) => worker.refresh(() => clock.now()))),
      GATHER_MS,
    );
  }

  /** One that answers nothing serves nobody, but holds its connections and gets new ones. */
  #killSilent(): void {
    const { clock, logger, silence = SILENCE_MS } = this.#options;
    for (const worker of this.#workers) {
      // NaN, of one that does not serve yet, compares as false.
      if (!(clock.now() - worker.heardAt > silence)) continue;
      logger.error(`worker ${worker.number} does not answer: it is killed`, { event: "worker.silent" });
      worker.kill("SIGKILL");
    }
  }

  /** Tells workers where that has changed. */
  #judge(): void {
    const crashLoop = this.#places.some(({ policy }) => policy.looping);
    if (crashLoop === this.#crashLoop) return;
    this.#crashLoop = crashLoop;
    const { logger } = this.#options;
    if (crashLoop) logger.critical("workers die again and again: not ready", { event: "workers.crash_loop" });
    else logger.info("workers live again", { event: "workers.recovered" });
    for (const worker of this.#workers) worker.channel?.tell("health", { crashLoop });
  }

  #questions(worker: WorkerProcess): Omit<SupervisorMethods, "join"> {
    return {
      ready: (ready) => {
        worker.serves(ready, this.#options.clock.now());
        worker.channel?.tell("health", { crashLoop: this.#crashLoop });
        if (worker.text !== this.#text) this.#catchUp(worker);
        return null;
      },
      gather: async (own) => {
        worker.counted(own);
        return await this.gather();
      },
      ended: (own) => {
        worker.countedLast(own);
        return null;
      },
      grown: (bytes) => {
        this.#replaceGrown(worker, bytes);
        return null;
      },
      reload: () => this.#options.reload(),
      showAll: (question) => this.#showAll(question),
    };
  }

  /** The configuration has changed while it started. */
  #catchUp(worker: WorkerProcess): Promise<void> {
    return this.#oneByOne(async () => {
      const text = this.#text;
      if (worker.text === text || worker.channel === null) return;
      try {
        await worker.channel.ask("prepare", text, ASK_MS);
        await worker.channel.ask("commit", null, ASK_MS);
        worker.text = text;
      } catch {
        // Another takes its place, with the configuration in force.
        worker.drain(false);
      }
    });
  }

  async #showAll(question: AdminQuestion): Promise<WorkerAnswer[]> {
    const ms = question.about === "kept" || question.about === "limits" ? LOOK_UP_MS : GATHER_MS;
    return await Promise.all(
      this.#serving().map(async (worker) => ({
        worker: worker.number,
        answer: await worker.channel?.ask("show", question, ms).catch(() => null) ?? null,
      })),
    );
  }

  #oneByOne<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#changing.then(change);
    this.#changing = done.catch(() => {});
    return done;
  }
}

/** Resolves when `work` does, after `ms` at the latest. */
async function inTime(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => timer = setTimeout(resolve, ms));
  await Promise.race([work, late]);
  clearTimeout(timer);
}
