/** Whom can we rely on? */
import type { DashboardRow } from "../dashboard.ts";
import { CHOSEN, growth, quantileOfRange, rate, share } from "../expressions.ts";

const GOOD = 'status="success"';
const BAD = 'status="error"';

export const PROVIDER_HEALTH: DashboardRow = {
  file: "04-provider-health",
  uid: "llm-gateway-provider-health",
  title: "4 · Provider health",
  description: "Which provider fails, how, and what the gateway does about it.",
  sections: [
    {
      title: "Now",
      panels: [
        {
          title: "Success rate by provider",
          description:
            "Part of the attempts that succeeded. A client that left is no failure of the provider's.",
          view: "gauge",
          unit: "percentunit",
          width: 12,
          min: 0,
          max: 1,
          steps: [{ color: "red" }, { color: "orange", from: 0.95 }, { color: "green", from: 0.99 }],
          queries: [{
            expr: share("provider_requests_total", CHOSEN, GOOD, "provider"),
            name: "{{provider}}",
          }],
        },
        {
          title: "Provider status summary",
          description: "Health: 1 is asked, 0.5 is being tried again, 0 is left alone.",
          view: "table",
          unit: "short",
          width: 12,
          columns: { success: "percentunit", P95: "s" },
          queries: [
            { expr: `min by (provider, model) (gateway_backend_health{${CHOSEN}})`, name: "health" },
            { expr: growth("provider_requests_total", CHOSEN, "provider, model"), name: "attempts" },
            {
              expr: `${growth("provider_requests_total", `${CHOSEN},${GOOD}`, "provider, model")} / (${
                growth("provider_requests_total", CHOSEN, "provider, model")
              } > 0)`,
              name: "success",
            },
            {
              expr: quantileOfRange(0.95, "provider_request_duration_seconds", CHOSEN, "provider, model"),
              name: "P95",
            },
          ],
        },
      ],
    },
    {
      title: "Failures",
      panels: [
        {
          title: "Failure rate",
          description: "Part of the attempts that failed, by provider.",
          view: "series",
          unit: "percentunit",
          width: 12,
          steps: [{ color: "green" }, { color: "red", from: 0.05 }],
          queries: [{
            expr: share("provider_requests_total", CHOSEN, BAD, "provider"),
            name: "{{provider}}",
          }],
        },
        {
          title: "Errors by provider and type",
          description: "What clients were told: requests that ended with an error.",
          view: "stacked",
          unit: "reqps",
          width: 12,
          queries: [{
            expr: rate("gateway_errors_total", CHOSEN, "provider, error_type"),
            name: "{{provider}} {{error_type}}",
          }],
        },
        {
          title: "Health of targets",
          description: "The breaker: green is asked, orange is tried again, red is left alone.",
          view: "states",
          unit: "short",
          width: 12,
          steps: [{ color: "red" }, { color: "orange", from: 0.5 }, { color: "green", from: 1 }],
          queries: [{
            expr: `min by (provider, model, endpoint) (gateway_backend_health{${CHOSEN}})`,
            name: "{{provider}} {{model}} {{endpoint}}",
          }],
        },
        {
          title: "Retries and fallbacks",
          description:
            "Attempts after the first, by the error of the one before. Many: money and time go there.",
          view: "stacked",
          unit: "reqps",
          width: 12,
          queries: [
            {
              expr: rate("gateway_retries_total", CHOSEN, "provider, reason"),
              name: "retry {{provider}} {{reason}}",
            },
            {
              expr: rate("gateway_fallbacks_total", CHOSEN, "provider, reason"),
              name: "fallback to {{provider}} {{reason}}",
            },
          ],
        },
      ],
    },
    {
      title: "Traffic",
      panels: [
        {
          title: "Traffic distribution",
          description: "Attempts a second by provider.",
          view: "stacked",
          unit: "reqps",
          width: 12,
          queries: [{ expr: rate("provider_requests_total", CHOSEN, "provider"), name: "{{provider}}" }],
        },
        {
          title: "Attempts by model",
          description: "In the time that is shown.",
          view: "bars",
          unit: "short",
          width: 12,
          queries: [{
            expr: growth("provider_requests_total", CHOSEN, "provider, model"),
            name: "{{provider}} {{model}}",
          }],
        },
      ],
    },
  ],
};
