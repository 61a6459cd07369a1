import type { Clock } from "../clock.ts";
import type { Handler } from "../middleware/middleware.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";

/** `GET` of the metrics path: a scrape ends its own record first, so that it counts itself. */
export function metricsEndpoint(telemetry: Pick<Telemetry, "renderMetrics">, clock: Clock): Handler {
  return async function metrics(exchange) {
    exchange.background = true;
    exchange.sentStatus = 200;
    // Its own size cannot stand in it.
    exchange.responseBytes = NaN;
    exchange.finish("success", 200, clock.now());
    const { contentType, text } = await telemetry.renderMetrics();
    return new Response(text, { headers: { "content-type": contentType } });
  };
}
