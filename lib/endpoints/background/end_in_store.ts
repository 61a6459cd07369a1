import type { InstrumentedRuns } from "../../stores/instrumented_runs.ts";
import type { Exchange } from "../../telemetry/exchange.ts";
import { terminalEvent } from "./run_events.ts";
import type { RunResponse } from "./run_response.ts";

const PAGE = 1000;
/** How far behind the last event this one stands: the run's own process may be adding some at the moment. */
const GAP = 1000;

/**
 * Ends a run from outside, whoever makes it. A run that is streamed gets its last event.
 * @returns false where it was over already, or there is none.
 */
export async function endInStore(
  runs: InstrumentedRuns,
  exchange: Exchange | null,
  owner: string,
  response: RunResponse,
): Promise<boolean> {
  const { id } = response;
  let last = -1;
  for (;;) {
    const page = await runs.events(null, owner, id, last, PAGE);
    if (page === null || page.finished) return false;
    last = page.events.at(-1)?.sequence ?? last;
    if (page.events.length < PAGE) break;
  }
  const events = last === -1 ? [] : [terminalEvent(last + GAP, response)];
  return await runs.finish(exchange, owner, id, response, events);
}
