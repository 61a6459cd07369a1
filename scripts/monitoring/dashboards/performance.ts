/** Where time goes. */
import type { DashboardRow } from "../dashboard.ts";
import { CHOSEN, growth, INSTANCE, quantile, quantileOfRange, rate } from "../expressions.ts";

const GEN_AI = 'instance=~"$instance",gen_ai_request_model=~"$model"';

export const PERFORMANCE: DashboardRow = {
  file: "03-performance",
  uid: "llm-gateway-performance",
  title: "3 · Performance",
  description: "Latency of providers and models, of streams, and of the gateway's own phases.",
  sections: [
    {
      title: "Providers",
      panels: [
        {
          title: "Latency comparison by provider",
          description: "Median and P95 of a provider's calls, to the last byte.",
          view: "series",
          unit: "s",
          width: 12,
          exemplars: true,
          queries: [0.5, 0.95].map((q) => ({
            expr: quantile(q, "provider_request_duration_seconds", CHOSEN, "provider"),
            name: `{{provider}} P${q * 100}`,
          })),
        },
        {
          title: "P95 latency trends",
          description: "P95 of a provider's calls by model.",
          view: "series",
          unit: "s",
          width: 12,
          queries: [{
            expr: quantile(0.95, "provider_request_duration_seconds", CHOSEN, "provider, model"),
            name: "{{provider}} {{model}}",
          }],
        },
        {
          title: "Latency heatmap",
          description:
            "How many requests took how long. Two bands are two kinds of request, or a slow provider.",
          view: "heatmap",
          unit: "s",
          width: 12,
          queries: [{ expr: rate("http_request_duration_seconds_bucket", INSTANCE, "le"), name: "{{le}}" }],
        },
        {
          title: "Performance comparison",
          description: "The time that is shown, by provider and model.",
          view: "table",
          unit: "s",
          width: 12,
          columns: { calls: "short", "tokens/s": "short" },
          queries: [
            { expr: growth("provider_requests_total", CHOSEN, "provider, model"), name: "calls" },
            {
              expr: quantileOfRange(0.5, "provider_request_duration_seconds", CHOSEN, "provider, model"),
              name: "P50",
            },
            {
              expr: quantileOfRange(0.95, "provider_request_duration_seconds", CHOSEN, "provider, model"),
              name: "P95",
            },
            {
              expr: quantileOfRange(0.95, "provider_stream_ttfb_seconds", CHOSEN, "provider, model"),
              name: "first token P95",
            },
            {
              expr: `${growth("provider_tokens_total", `${CHOSEN},type="output"`, "provider, model")} / (${
                growth("provider_request_duration_seconds_sum", CHOSEN, "provider, model")
              } > 0)`,
              name: "tokens/s",
            },
          ],
        },
      ],
    },
    {
      title: "Streams",
      panels: [
        {
          title: "Time to first token",
          description: "From the request to the provider to the first chunk of its stream.",
          view: "series",
          unit: "s",
          width: 8,
          queries: [0.5, 0.95, 0.99].map((q) => ({
            expr: quantile(q, "provider_stream_ttfb_seconds", CHOSEN),
            name: `P${q * 100}`,
          })),
        },
        {
          title: "Time between chunks",
          description: "What a reader sees as speed; P95 far above P50 is a stream that stutters.",
          view: "series",
          unit: "s",
          width: 8,
          queries: [0.5, 0.95].map((q) => ({
            expr: quantile(q, "gen_ai_client_operation_time_per_output_chunk_seconds", GEN_AI),
            name: `P${q * 100}`,
          })),
        },
        {
          title: "Length of streams",
          description: "From the request to the provider to the end of its stream.",
          view: "series",
          unit: "s",
          width: 8,
          queries: [0.5, 0.95].map((q) => ({
            expr: quantile(q, "provider_stream_duration_seconds", CHOSEN),
            name: `P${q * 100}`,
          })),
        },
        {
          title: "Chunks",
          description: "Content chunks of providers' streams a second.",
          view: "stacked",
          unit: "short",
          width: 8,
          queries: [{ expr: rate("provider_stream_chunks_total", CHOSEN, "model"), name: "{{model}}" }],
        },
        {
          title: "Output tokens a second, of a call",
          description: "Output tokens over the time of the calls: how fast providers write.",
          view: "series",
          unit: "short",
          width: 8,
          queries: [{
            expr: `${rate("provider_tokens_total", `${CHOSEN},type="output"`, "provider")} / (${
              rate("provider_request_duration_seconds_sum", CHOSEN, "provider")
            } > 0)`,
            name: "{{provider}}",
          }],
        },
        {
          title: "Calls of models, P95",
          description: "By operation: what is answered whole, streamed, embedded.",
          view: "series",
          unit: "s",
          width: 8,
          queries: [{
            expr: quantile(0.95, "gen_ai_client_operation_duration_seconds", GEN_AI, "gen_ai_operation_name"),
            name: "{{gen_ai_operation_name}}",
          }],
        },
      ],
    },
    {
      title: "The gateway's own time",
      panels: [
        {
          title: "Phases, P95",
          description: "connect and ttft are the provider's; all others are the gateway's.",
          view: "series",
          unit: "s",
          width: 12,
          queries: [{
            expr: quantile(0.95, "gateway_phase_duration_seconds", INSTANCE, "phase"),
            name: "{{phase}}",
          }],
        },
        {
          title: "Sizes, P95",
          description: "Of requests and answers.",
          view: "series",
          unit: "bytes",
          width: 12,
          queries: [
            { expr: quantile(0.95, "http_request_size_bytes", INSTANCE), name: "requests" },
            { expr: quantile(0.95, "http_response_size_bytes", INSTANCE), name: "answers" },
          ],
        },
      ],
    },
  ],
};
