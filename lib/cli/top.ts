import { ConsoleApi } from "../tools/console_api.ts";
import { UsageError } from "./args.ts";
import { painter } from "./colour.ts";
import { type Command, flagNumber, flagValue } from "./command.ts";
import { untilStopped } from "./results.ts";
import { adminTargetOf, JSON_FLAG } from "./target_flags.ts";
import { topLines } from "./top_screen.ts";

const TIMES: Readonly<Record<string, number>> = {
  "15m": 15 * 60_000,
  "1h": 3_600_000,
  "6h": 6 * 3_600_000,
  "24h": 24 * 3_600_000,
  "7d": 7 * 24 * 3_600_000,
};
const EVERY_SECONDS = 2;

/** A screen of its own, which gives back what was there before. */
const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";
const HOME = "\x1b[H";
const ERASE_LINE = "\x1b[K";
const ERASE_BELOW = "\x1b[J";

export const top: Command = {
  name: "top",
  summary: "Show how the gateway is doing, live",
  about:
    "Shows what the console's overview shows, in a terminal, until Ctrl-C. Where nobody looks it prints once.",
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
        system.write(ENTER);
        try {
          for (let shown = overview; !signal.aborted; shown = await api.overview(last, signal)) {
            const lines = topLines(shown, about, paint).map((line) => line + ERASE_LINE);
            system.write(`${HOME}${lines.join("\n")}\n${ERASE_BELOW}`);
            await pause(every, signal);
          }
        } catch (error) {
          if (!signal.aborted) throw error;
        } finally {
          system.write(LEAVE);
        }
        return 0;
      });
    } finally {
      await api.close();
    }
  },
};

function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
