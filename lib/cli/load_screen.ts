import { count, duration, percent } from "../tools/format.ts";
import type { RunningTest } from "../tools/loadtest/load_test.ts";
import { bar, sparkline } from "./bars.ts";
import { painter } from "./colour.ts";
import type { System } from "./system.ts";
import { alignedRows } from "./table.ts";

/** Where nobody looks, a line as often as this is enough, seconds. */
const QUIET_EVERY = 10;
const WIDTH = 50;

/** A run while it goes on: a picture that is drawn over itself, or for a log a line now and then. */
export class LoadScreen {
  readonly #test: RunningTest;
  readonly #system: System;
  readonly #silent: boolean;
  /** Lines that the picture takes now. */
  #drawn = 0;
  #lastLine = 0;

  /** @param silent nothing is shown: standard output is for programs. */
  constructor(test: RunningTest, system: System, silent: boolean) {
    this.#test = test;
    this.#system = system;
    this.#silent = silent;
  }

  draw(): void {
    if (this.#silent) return;
    if (!this.#system.terminal) return this.#line();
    const lines = this.#picture();
    this.#system.write(`${this.#erase()}${lines.join("\n")}\n`);
    this.#drawn = lines.length;
  }

  clear(): void {
    if (this.#drawn > 0) this.#system.write(this.#erase());
    this.#drawn = 0;
  }

  #erase(): string {
    return this.#drawn === 0 ? "" : `\x1b[${this.#drawn}A\x1b[J`;
  }

  #line(): void {
    const { run } = this.#test;
    if (run.elapsed - this.#lastLine < QUIET_EVERY) return;
    this.#lastLine = run.elapsed;
    const moment = run.recorder.timeline.moments.at(-1);
    if (moment === undefined) return;
    this.#system.err(
      `${Math.round(run.elapsed)} s: ${moment.users} users, ` +
        `${count(moment.requests / moment.seconds, 1)} requests/s, ${moment.failures} failed, ` +
        `p50 ${duration(moment.p50)}, p95 ${duration(moment.p95)}`,
    );
  }

  #picture(): string[] {
    const { run } = this.#test;
    const paint = painter(this.#system);
    const { moments } = run.recorder.timeline;
    const recent = moments.slice(-WIDTH);
    const last = moments.at(-1);
    const requests = run.recorder.kinds.reduce((sum, kind) => sum + kind.requests, 0);
    const failures = run.recorder.kinds.reduce((sum, kind) => sum + kind.failures, 0);
    const share = Math.min(1, run.elapsed / run.planned);
    const failed = `${count(failures)} (${percent(requests === 0 ? 0 : failures / requests)})`;
    return [
      `${paint("cyan", bar(share, WIDTH).padEnd(WIDTH, "░"))} ${duration(run.elapsed * 1000)} of ${
        duration(run.planned * 1000)
      }${run.state === "ending" ? ", waiting for the last answers" : ""}`,
      ...alignedRows([
        ["users", `${run.users} (${run.inFlight} waiting)`, ""],
        ["requests", count(requests), ""],
        ["failed", failures > 0 ? paint("red", failed) : failed, ""],
        [
          "a second",
          count(last === undefined ? null : last.requests / last.seconds, 1),
          paint("green", sparkline(recent.map((it) => it.requests / it.seconds))),
        ],
        ["p50", duration(last?.p50 ?? null), paint("blue", sparkline(recent.map((it) => it.p50 ?? 0)))],
        ["p95", duration(last?.p95 ?? null), paint("yellow", sparkline(recent.map((it) => it.p95 ?? 0)))],
      ]),
    ];
  }
}
