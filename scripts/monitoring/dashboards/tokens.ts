/** What is used, and what it costs. */
import type { DashboardRow } from "../dashboard.ts";
import { CHOSEN, growth, INSTANCE, quantile, rate } from "../expressions.ts";

const INPUT = `${CHOSEN},type="input"`;
const OUTPUT = `${CHOSEN},type="output"`;

export const TOKENS: DashboardRow = {
  file: "02-tokens",
  uid: "llm-gateway-tokens",
  title: "2 · Token usage",
  description: "Tokens and what they cost, as providers count and charge them.",
  sections: [
    {
      title: "In the time that is shown",
      panels: [
        {
          title: "Total tokens consumed",
          description: "Input and output together, cached input included.",
          view: "stat",
          unit: "short",
          width: 6,
          height: 5,
          queries: [{ expr: growth("provider_tokens_total", CHOSEN), name: "tokens" }],
        },
        {
          title: "Input tokens",
          description: "What was sent to providers, cached input included.",
          view: "stat",
          unit: "short",
          width: 6,
          height: 5,
          queries: [{ expr: growth("provider_tokens_total", INPUT), name: "input" }],
        },
        {
          title: "Output tokens",
          description: "What providers wrote, reasoning included.",
          view: "stat",
          unit: "short",
          width: 6,
          height: 5,
          queries: [{ expr: growth("provider_tokens_total", OUTPUT), name: "output" }],
        },
        {
          title: "Cost",
          description: "US dollars by the price table; calls whose price or tokens are unknown add nothing.",
          view: "stat",
          unit: "currencyUSD",
          width: 6,
          height: 5,
          decimals: 2,
          queries: [{ expr: growth("gateway_cost_usd_total", CHOSEN), name: "spent" }],
        },
      ],
    },
    {
      title: "Tokens",
      panels: [
        {
          title: "Token rate by model",
          description: "Tokens a minute.",
          view: "stacked",
          unit: "short",
          width: 12,
          queries: [{ expr: `${rate("provider_tokens_total", CHOSEN, "model")} * 60`, name: "{{model}}" }],
        },
        {
          title: "Input vs output tokens",
          description: "Tokens a minute. Output is what costs most and takes the time.",
          view: "series",
          unit: "short",
          width: 12,
          queries: [{ expr: `${rate("provider_tokens_total", CHOSEN, "type")} * 60`, name: "{{type}}" }],
        },
        {
          title: "Tokens by provider",
          description: "Tokens a minute.",
          view: "stacked",
          unit: "short",
          width: 12,
          queries: [{
            expr: `${rate("provider_tokens_total", CHOSEN, "provider")} * 60`,
            name: "{{provider}}",
          }],
        },
        {
          title: "Tokens of a request, P95",
          description: "Long prompts and long answers: 95 of 100 calls have fewer.",
          view: "series",
          unit: "short",
          width: 12,
          queries: [{
            expr: quantile(
              0.95,
              "gen_ai_client_token_usage",
              'instance=~"$instance",gen_ai_request_model=~"$model"',
              "gen_ai_token_type",
            ),
            name: "{{gen_ai_token_type}}",
          }],
        },
      ],
    },
    {
      title: "Cost estimation",
      panels: [
        {
          title: "Spend by model",
          description: "US dollars an hour.",
          view: "stacked",
          unit: "currencyUSD",
          width: 12,
          queries: [{ expr: `${rate("gateway_cost_usd_total", CHOSEN, "model")} * 3600`, name: "{{model}}" }],
        },
        {
          title: "Cost by provider and model",
          description: "What was spent in the time that is shown, for how many tokens.",
          view: "table",
          unit: "short",
          width: 12,
          columns: { "US dollars": "currencyUSD", "per million tokens": "currencyUSD" },
          queries: [
            { expr: growth("gateway_cost_usd_total", CHOSEN, "provider, model"), name: "US dollars" },
            { expr: growth("provider_tokens_total", CHOSEN, "provider, model"), name: "tokens" },
            {
              expr: `1e6 * ${growth("gateway_cost_usd_total", CHOSEN, "provider, model")} / (${
                growth("provider_tokens_total", CHOSEN, "provider, model")
              } > 0)`,
              name: "per million tokens",
            },
          ],
        },
      ],
    },
    {
      title: "Budgets and limits",
      panels: [
        {
          title: "Spent of budgets",
          description: "The share of each day's, week's and month's budget that is spent by now.",
          view: "series",
          unit: "percentunit",
          width: 12,
          queries: [{
            expr:
              `max by (scope, name, window) (gateway_budget_spent_usd{${INSTANCE}} / gateway_budget_limit_usd{${INSTANCE}})`,
            name: "{{scope}} {{name}}, {{window}}",
          }],
        },
        {
          title: "Budgets",
          description: "As configured, and what is spent of them in their present period.",
          view: "table",
          unit: "currencyUSD",
          width: 12,
          columns: {},
          queries: [
            { expr: `max by (scope, name, window) (gateway_budget_limit_usd{${INSTANCE}})`, name: "budget" },
            { expr: `max by (scope, name, window) (gateway_budget_spent_usd{${INSTANCE}})`, name: "spent" },
          ],
        },
        {
          title: "Refused by limits",
          description: "Requests a second, by the limit that refused them.",
          view: "stacked",
          unit: "reqps",
          width: 12,
          queries: [{ expr: rate("gateway_rate_limited_total", INSTANCE, "limit"), name: "{{limit}}" }],
        },
        {
          title: "Limits that are not shared",
          description: "1 while a gateway counts for itself since Redis does not answer.",
          view: "series",
          unit: "short",
          width: 12,
          queries: [{
            expr: `max by (instance) (gateway_limits_degraded{${INSTANCE}})`,
            name: "{{instance}}",
          }],
        },
      ],
    },
  ],
};
