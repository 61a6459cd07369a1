import type { Endpoint } from "../../telemetry/exchange.ts";
import type { JsonValue } from "../../wire/canonical.ts";
import { jsonAnswer } from "../json_answer.ts";
import { telemetryView } from "./views.ts";

/** What each of several processes has to show; null where one did not answer in time. */
export type AllViews<View> = () => Promise<
  readonly { readonly worker: number; readonly answer: View | null }[]
>;

/**
 * `GET /admin/telemetry`: what became of telemetry, by signal, and how each way out is doing.
 * @param all of workers, where there are several: then each has its own account in `workers`.
 */
export function telemetryReport(
  telemetry: Parameters<typeof telemetryView>[0],
  all: AllViews<JsonValue> | null = null,
): Endpoint {
  return async function telemetryReport(exchange) {
    if (all === null) return jsonAnswer(exchange, telemetryView(telemetry));
    const workers = (await all()).map(({ worker, answer }) => ({ worker, telemetry: answer }));
    return jsonAnswer(exchange, { workers });
  };
}
