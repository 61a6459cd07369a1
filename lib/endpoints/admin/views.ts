import type { OpenRequest } from "../../telemetry/recorder.ts";
import type { Telemetry } from "../../telemetry/telemetry.ts";
import type { JsonObject } from "../../wire/canonical.ts";

/** The oldest open requests, at most `limit`, and how many there are. */
export interface OpenRequestsView {
  readonly total: number;
  readonly requests: readonly OpenRequest[];
}

type Recorder = { readonly inFlight: number; openRequests(limit: number): OpenRequest[] };

export function openRequestsView(recorder: Recorder, limit: number): OpenRequestsView {
  return { total: recorder.inFlight, requests: recorder.openRequests(limit) };
}

/** What became of telemetry, by signal, and how each way out is doing: of all that has ended until now. */
export function telemetryView(
  telemetry: Pick<Telemetry, "recorder" | "registry" | "signals" | "events" | "health">,
): JsonObject {
  const { recorder, registry, signals, events } = telemetry;
  recorder.drainAll();
  const accounts = Object.entries(signals).map(([signal, account]) =>
    [signal, { ...account, balanced: account.balanced }] as const
  );
  return {
    signals: Object.fromEntries(accounts),
    exporters: telemetry.health().map((health) => ({ ...health })),
    records: {
      opened: recorder.opened,
      open: recorder.inFlight,
      projected: recorder.projected,
      failures: recorder.failures,
    },
    metrics: { lines: registry.lines, folded: registry.folded },
    events: { subscribers: events.subscribers, dropped: events.dropped },
  };
}
