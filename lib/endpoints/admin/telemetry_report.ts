import type { Endpoint } from "../../telemetry/exchange.ts";
import type { Telemetry } from "../../telemetry/telemetry.ts";
import { jsonAnswer } from "../json_answer.ts";

/** `GET /admin/telemetry`: what became of telemetry, by signal, and how each way out is doing. */
export function telemetryReport(
  telemetry: Pick<Telemetry, "recorder" | "registry" | "signals" | "events" | "health">,
): Endpoint {
  return function telemetryReport(exchange) {
    const { recorder, registry, signals, events } = telemetry;
    const accounts = Object.entries(signals).map(([signal, account]) =>
      [signal, { ...account, balanced: account.balanced }] as const
    );
    return Promise.resolve(jsonAnswer(exchange, {
      signals: Object.fromEntries(accounts),
      exporters: telemetry.health().map((health) => ({ ...health })),
      records: {
        opened: recorder.opened,
        open: recorder.inFlight,
        queued: recorder.queued,
        projected: recorder.projected,
        failures: recorder.failures,
      },
      metrics: { lines: registry.lines, folded: registry.folded },
      events: { subscribers: events.subscribers, dropped: events.dropped },
    }));
  };
}
