import { collectGarbage } from "../garbage.ts";
import { memoryInUse } from "./memory_in_use.ts";
import { Overload, type OverloadCause, type OverloadChange } from "../middleware/overload.ts";
import type { ReadPace } from "../providers/read_pace.ts";
import type { Together } from "./together.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";

interface CauseRow {
  readonly words: string;
  /** The key of its limit. */
  readonly key: string;
  readonly format: (value: number) => string;
}

/** Milliseconds from a stream's piece to the next, where pieces are gathered: short enough to be read along. */
const GAP_MS = 100;

const CAUSES: Readonly<Record<OverloadCause, CauseRow>> = {
  memory: { words: "memory in use", key: "server.max_memory", format: mebibytes },
  event_loop_lag: { words: "the event loop's lag", key: "server.max_lag", format: milliseconds },
};

/**
 * Looks at memory and event loop, and logs once when requests begin to be refused for them, and once when they cease.
 * A process that stays above its memory's limit tells the others' supervisor, where it has one. While the event loop
 * has too much to do, what streams bring is gathered before any request is refused for it.
 */
export function watchOverload(
  { lag, logger, recorder }: Telemetry,
  together: Pick<Together, "grown"> | null,
  pace: ReadPace,
): Overload {
  const overload = new Overload({
    inFlight: () => recorder.inFlight,
    memory: memoryInUse(() => Deno.memoryUsage()),
    collect: collectGarbage,
    onGrown: (bytes) => together?.grown(bytes),
    onChange(change) {
      const { cause, began } = change;
      const event = began ? "overload.began" : "overload.ended";
      logger.log(began ? "WARNING" : "INFO", overloadMessage(change), { event, limit: cause });
    },
  });
  lag.onSample = (late, passed) => {
    overload.sample(late, passed);
    pace.gap = overload.strained ? GAP_MS : 0;
  };
  return overload;
}

/** For people. */
export function overloadMessage({ cause, began, value, limit }: OverloadChange): string {
  const { words, key, format } = CAUSES[cause];
  if (began) {
    const which = cause === "memory" ? "new requests" : "more requests at a time than it bears";
    return `${which} are refused: ${words} is ${format(value)}, above ${key} of ${format(limit)}`;
  }
  const now = limit === Infinity ? "has no limit any more" : `is ${format(value)} again`;
  return `requests are no longer refused for ${words}: it ${now}`;
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2)}MiB`;
}

function milliseconds(ms: number): string {
  return `${Math.round(ms)}ms`;
}
