import type { Clock } from "../clock.ts";
import type { Handler } from "../middleware/middleware.ts";
import type { ExpositionFormat } from "../telemetry/metrics/exposition.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";

/** `GET` of the metrics path: a scrape ends its own record first, so that it counts itself. */
export function metricsEndpoint(telemetry: Pick<Telemetry, "renderMetrics">, clock: Clock): Handler {
  return async function metrics(exchange) {
    const accept = exchange.request?.headers.get("accept") ?? "";
    const gzip = accepts(exchange.request?.headers.get("accept-encoding") ?? "", "gzip");
    exchange.background = true;
    exchange.sentStatus = 200;
    // Its own size cannot stand in it.
    exchange.responseBytes = NaN;
    exchange.finish("success", 200, clock.now());
    const { contentType, text } = await telemetry.renderMetrics(formatFor(accept));
    const headers = { "content-type": contentType, "vary": "accept, accept-encoding" };
    if (!gzip) return new Response(text, { headers });
    const body = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
    return new Response(body, { headers: { ...headers, "content-encoding": "gzip" } });
  };
}

/** What a scraper prefers; Prometheus asks for OpenMetrics before its own text. */
function formatFor(accept: string): ExpositionFormat {
  const openmetrics = quality(accept, "application/openmetrics-text");
  return openmetrics > 0 && openmetrics >= quality(accept, "text/plain") ? "openmetrics" : "prometheus";
}

function accepts(header: string, coding: string): boolean {
  return quality(header, coding) > 0;
}

/** The largest `q` that a list gives a value, version and other parameters aside; 0 where it is not there. */
function quality(list: string, value: string): number {
  let best = 0;
  for (const item of list.toLowerCase().split(",")) {
    const [name = "", ...parameters] = item.split(";").map((part) => part.trim());
    if (name !== value) continue;
    const given = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
    const q = given === undefined ? 1 : Number(given);
    if (q > best) best = q;
  }
  return best;
}
