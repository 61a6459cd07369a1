/** How is it going? At a glance. */
import type { DashboardRow } from "../dashboard.ts";
import { CHOSEN, growth, INSTANCE, quantile, rate, share } from "../expressions.ts";

const FAILED = 'status=~"5.."';

export const OVERVIEW: DashboardRow = {
  file: "01-overview",
  uid: "llm-gateway-overview",
  title: "1 · Overview",
  description: "Health of the gateway at a glance: the first page to open when something is wrong.",
  sections: [
    {
      title: "Now",
      panels: [
        {
          title: "Request rate",
          description: "Requests a second that were answered, whatever the answer.",
          view: "stat",
          unit: "reqps",
          width: 4,
          height: 5,
          queries: [{ expr: rate("http_requests_total", INSTANCE), name: "requests" }],
        },
        {
          title: "Error rate",
          description:
            "Part of the requests that ended with 5xx. The alert HighErrorRate fires above 5 % for five minutes.",
          view: "stat",
          unit: "percentunit",
          width: 4,
          height: 5,
          steps: [{ color: "green" }, { color: "orange", from: 0.01 }, { color: "red", from: 0.05 }],
          queries: [{ expr: share("http_requests_total", INSTANCE, FAILED), name: "errors" }],
        },
        {
          title: "P95 response time",
          description:
            "95 of 100 requests were answered, to their last byte, within this time; streams included.",
          view: "stat",
          unit: "s",
          width: 4,
          height: 5,
          steps: [{ color: "green" }, { color: "orange", from: 5 }, { color: "red", from: 15 }],
          queries: [{ expr: quantile(0.95, "http_request_duration_seconds", INSTANCE), name: "P95" }],
        },
        {
          title: "P95 time to first token",
          description: "95 of 100 streams began within this time after the request went to the provider.",
          view: "stat",
          unit: "s",
          width: 4,
          height: 5,
          steps: [{ color: "green" }, { color: "orange", from: 2 }, { color: "red", from: 5 }],
          queries: [{ expr: quantile(0.95, "provider_stream_ttfb_seconds", CHOSEN), name: "P95" }],
        },
        {
          title: "In flight",
          description: "Requests that have not ended, and how many of them are streams.",
          view: "stat",
          unit: "short",
          width: 4,
          height: 5,
          queries: [
            { expr: `sum(gateway_in_flight_requests{${INSTANCE}})`, name: "requests" },
            { expr: `sum(gateway_open_streams{${INSTANCE}})`, name: "streams" },
          ],
        },
        {
          title: "Active models",
          description: "Models that were asked within the last hour.",
          view: "stat",
          unit: "short",
          width: 4,
          height: 5,
          queries: [{
            expr: `count(sum by (model) (increase(provider_requests_total{${CHOSEN}}[1h])) > 0)`,
            name: "models",
          }],
        },
      ],
    },
    {
      title: "Traffic",
      panels: [
        {
          title: "Requests by route",
          description: "Requests a second by the route's template.",
          view: "stacked",
          unit: "reqps",
          width: 12,
          queries: [{ expr: rate("http_requests_total", INSTANCE, "path"), name: "{{path}}" }],
        },
        {
          title: "Answers by status",
          description:
            "499: the client left. 429 and 503 may be the gateway's own limits (see System health).",
          view: "stacked",
          unit: "reqps",
          width: 12,
          queries: [{ expr: rate("http_requests_total", INSTANCE, "status"), name: "{{status}}" }],
        },
        {
          title: "Response time",
          description: "Time from a request's arrival to the end of its answer. Points lead to traces.",
          view: "series",
          unit: "s",
          width: 12,
          exemplars: true,
          queries: [0.5, 0.95, 0.99].map((q) => ({
            expr: quantile(q, "http_request_duration_seconds", INSTANCE),
            name: `P${q * 100}`,
          })),
        },
        {
          title: "System self-latency",
          description: "The gateway's own part of a request: all but waiting for providers.",
          view: "series",
          unit: "s",
          width: 12,
          queries: [0.5, 0.95, 0.99].map((q) => ({
            expr: quantile(q, "gateway_overhead_seconds", INSTANCE),
            name: `P${q * 100}`,
          })),
        },
      ],
    },
    {
      title: "What goes wrong",
      panels: [
        {
          title: "Errors by type",
          description:
            "Requests that ended with an error, by its code: the gateway's, the provider's or the client's.",
          view: "stacked",
          unit: "reqps",
          width: 12,
          queries: [{ expr: rate("gateway_errors_total", CHOSEN, "error_type"), name: "{{error_type}}" }],
        },
        {
          title: "Clients that left",
          description:
            "Requests whose client left before the end, by how far they were. Many before the first chunk: too slow for their time-out.",
          view: "stacked",
          unit: "reqps",
          width: 12,
          queries: [{ expr: rate("gateway_cancelled_total", INSTANCE, "stage"), name: "{{stage}}" }],
        },
      ],
    },
    {
      title: "Providers and dependencies",
      panels: [
        {
          title: "Provider distribution",
          description: "Who was asked how often in the time that is shown.",
          view: "pie",
          unit: "short",
          width: 8,
          queries: [{ expr: growth("provider_requests_total", CHOSEN, "provider"), name: "{{provider}}" }],
        },
        {
          title: "Redis health",
          description:
            "Part of the gateway's commands to Redis that succeeded, and whether Redis' exporter reaches it.",
          view: "stat",
          unit: "percentunit",
          width: 8,
          steps: [{ color: "red" }, { color: "orange", from: 0.95 }, { color: "green", from: 0.999 }],
          noValue: "no Redis",
          queries: [
            {
              expr: `1 - ${
                share("gateway_store_operations_total", `${INSTANCE},backend="redis"`, 'status="error"')
              }`,
              name: "commands",
            },
            { expr: "min(redis_up)", name: "up" },
          ],
        },
        {
          title: "Spend",
          description:
            "US dollars an hour that providers charge at the present rate; unknown prices add nothing.",
          view: "stat",
          unit: "currencyUSD",
          width: 8,
          decimals: 2,
          queries: [{ expr: `${rate("gateway_cost_usd_total", CHOSEN)} * 3600`, name: "an hour" }],
        },
      ],
    },
  ],
};
