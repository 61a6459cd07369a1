import { ConsoleApi, type Overview } from "../tools/console_api.ts";
import { UsageError } from "./args.ts";
import { painter } from "./colour.ts";
import { type Command, flagNumber, flagValue } from "./command.ts";
import { untilStopped } from "./results.ts";
import { adminTargetOf, JSON_FLAG } from "./target_flags.ts";
import type { System } from "./system.ts";
import { wrapped } from "./table.ts";
import { topLines } from "./top_screen.ts";

const TIMES: Readonly<Record<string, number>> = {
  "15m": 15 * 60_000,
  "1h": 3_600_000,
  "6h": 6 * 3_600_000,
  "24h": 24 * 3_600_000,
  "7d": 7 * 24 * 3_600_000,
};
const EVERY_SECONDS = 2;

/** A screen of its own, whose lines end at its edge, and which gives back what was there before. */
const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l";
const HOME = "\x1b[H";
const ERASE_LINE = "\x1b[K";
const ERASE_BELOW = "\x1b[J";

export const top: Command = {
  name: "top",
  summary: "Show how the gateway is doing, live",
  about:
    "Shows what the console's overview shows, in a terminal, until q or Ctrl-C. Where nobody looks it prints once.",
  flags: [
    { name: "url", value: "URL", about: "the gateway (else GATEWAY_URL, else port 8080, else port 4000)" },
    { name: "master-key", value: "KEY", about: "its master key or a console key (else GATEWAY_MASTER_KEY)" },
    { name: "last", value: "TIME", about: `what "in all" is of: ${Object.keys(TIMES).join(", ")} (15m)` },
    { name: "every", value: "SECONDS", about: `how often it is asked (${EVERY_SECONDS})` },
    { name: "once", value: null, about: "print it once" },
    JSON_FLAG,
  ],
  examples: ["gateway top", "gateway top --last 24h --once", "gateway top --json"],
  async run(flags, system) {
    const name = flagValue(flags, "last") ?? "15m";
    const last = TIMES[name];
    if (last === undefined) {
      throw new UsageError(`--last: "${name}" is none of ${Object.keys(TIMES).join(", ")}`, "top");
    }
    const every = flagNumber(flags, "every", "top", EVERY_SECONDS, { min: 0.1 }) * 1000;
    const target = await adminTargetOf(flags, system);
    const api = new ConsoleApi(target);
    const paint = painter(system);
    const about = `${target.url.host}, last ${name}`;
    const once = flags.has("once") || flags.has("json") || !system.terminal;
    try {
      return await untilStopped(system, async (signal) => {
        const overview = await api.overview(last, signal);
        if (flags.has("json")) system.out(JSON.stringify(overview, null, 2));
        else if (once) { for (const line of topLines(overview, about, paint)) system.out(line); }
        if (once) return 0;
        await show({
          system,
          first: overview,
          ask: (over) => api.overview(last, over),
          about: `${about}, q ends`,
          every,
          signal,
        });
        return 0;
      });
    } finally {
      await api.close();
    }
  },
};

interface Live {
  readonly system: System;
  readonly first: Overview;
  readonly ask: (signal: AbortSignal) => Promise<Overview>;
  readonly about: string;
  /** Milliseconds. */
  readonly every: number;
  readonly signal: AbortSignal;
}

/** Draws over itself until it is stopped; while the gateway is away, what it said last and what is wrong. */
async function show({ system, first, ask, about, every, signal }: Live): Promise<void> {
  const paint = painter(system);
  const quit = new AbortController();
  const over = AbortSignal.any([signal, quit.signal]);
  let [shown, problem] = [first, ""];
  const draw = () => {
    const { columns, rows } = system.screen();
    const told = wrapped(problem, columns).map((line) => paint("red", line));
    const lines = [...told, ...topLines(shown, about, paint, { columns, rows: rows - told.length })];
    // Erased first: behind a line that is as long as the screen is wide, its last place would go too.
    const drawn = lines.map((line) => ERASE_LINE + line).join("\r\n");
    system.write(`${HOME}${drawn}${lines.length < rows ? `\r\n${ERASE_BELOW}` : ""}`);
  };
  system.write(ENTER);
  const stops = [
    system.onResize(draw),
    system.onKey((key) => key === "q" && quit.abort()),
  ];
  try {
    draw();
    for (;;) {
      await pause(every, over);
      if (over.aborted) return;
      try {
        shown = await ask(over);
        problem = "";
      } catch (error) {
        if (over.aborted) return;
        problem = error instanceof Error ? error.message : String(error);
      }
      draw();
    }
  } finally {
    for (const stop of stops) stop();
    system.write(LEAVE);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
