/** The gateway itself and what it leans on. */
import type { DashboardRow } from "../dashboard.ts";
import { INSTANCE, quantile, rate, share } from "../expressions.ts";

const REDIS = `${INSTANCE},backend="redis"`;

/** A line at 0 for what has no series until it happens. */
const NOTHING = `label_replace(vector(0), "metric", "none", "", "")`;

export const SYSTEM_HEALTH: DashboardRow = {
  file: "05-system-health",
  uid: "llm-gateway-system-health",
  title: "5 · System health",
  description: "The gateway's process, its stores, its cache and its telemetry.",
  sections: [
    {
      title: "Now",
      panels: [
        {
          title: "System health score",
          description:
            "0 to 100, of the recording rule gateway:health_score: 40 × requests without 5xx + 20 × targets that are asked + 20 × requests with less than 10 ms of the gateway's own time + 10 × commands to Redis that succeed (all where there is no Redis) + 10 × telemetry that is not dropped. Below 90 look which part is missing: each is a panel here or in Provider health.",
          view: "gauge",
          unit: "short",
          width: 6,
          min: 0,
          max: 100,
          steps: [{ color: "red" }, { color: "orange", from: 75 }, { color: "green", from: 90 }],
          queries: [{ expr: "gateway:health_score", name: "score" }],
        },
        {
          title: "Cache hit rate",
          description: "Part of the look-ups that the cache answered, by kind.",
          view: "stat",
          unit: "percentunit",
          width: 6,
          noValue: "no cache",
          queries: [{
            expr: share("gateway_cache_total", INSTANCE, 'result="hit"', "kind"),
            name: "{{kind}}",
          }],
        },
        {
          title: "Gateways",
          description: "Instances that Prometheus reaches, with their versions.",
          view: "table",
          unit: "short",
          width: 12,
          queries: [{
            expr: `max by (instance, version, runtime) (gateway_build_info{${INSTANCE}})`,
            name: "up",
          }],
        },
      ],
    },
    {
      title: "Redis",
      panels: [
        {
          title: "Redis latency",
          description: "Time of the gateway's commands. A command is given up after 250 ms.",
          view: "series",
          unit: "s",
          width: 8,
          noValue: "no Redis",
          steps: [{ color: "green" }, { color: "red", from: 0.1 }],
          queries: [0.5, 0.95, 0.99].map((q) => ({
            expr: quantile(q, "gateway_store_duration_seconds", REDIS),
            name: `P${q * 100}`,
          })),
        },
        {
          title: "Redis failures",
          description: "Part of the gateway's commands that failed. The alert RedisFailures fires above 1 %.",
          view: "series",
          unit: "percentunit",
          width: 8,
          noValue: "no Redis",
          steps: [{ color: "green" }, { color: "red", from: 0.01 }],
          queries: [{
            expr: share("gateway_store_operations_total", REDIS, 'status="error"', "store"),
            name: "{{store}}",
          }],
        },
        {
          title: "Redis itself",
          description: "From its exporter: clients, memory, commands a second.",
          view: "table",
          unit: "short",
          width: 8,
          noValue: "no exporter",
          columns: { memory: "bytes" },
          queries: [
            { expr: "redis_up", name: "up" },
            { expr: "redis_connected_clients", name: "clients" },
            { expr: "redis_memory_used_bytes", name: "memory" },
            { expr: "rate(redis_commands_processed_total[$__rate_interval])", name: "commands/s" },
          ],
        },
      ],
    },
    {
      title: "The process",
      panels: [
        {
          title: "Self-latency",
          description: "The gateway's own part of a request.",
          view: "series",
          unit: "s",
          width: 8,
          queries: [0.5, 0.95, 0.99].map((q) => ({
            expr: quantile(q, "gateway_overhead_seconds", INSTANCE),
            name: `P${q * 100}`,
          })),
        },
        {
          title: "CPU",
          description: "Processors in use. One worker can use little more than one.",
          view: "series",
          unit: "short",
          width: 8,
          queries: [{
            expr: rate("process_cpu_seconds_total", INSTANCE, "instance"),
            name: "{{instance}}",
          }],
        },
        {
          title: "Event loop lag",
          description: "Longest delay within 15 s. Above 100 ms the process has too much to do.",
          view: "series",
          unit: "s",
          width: 8,
          steps: [{ color: "green" }, { color: "red", from: 0.1 }],
          queries: [{
            expr: `max by (instance) (gateway_event_loop_lag_seconds{${INSTANCE}})`,
            name: "{{instance}}",
          }],
        },
        {
          title: "Memory",
          description: "Resident memory. A slope that does not end is a leak.",
          view: "series",
          unit: "bytes",
          width: 8,
          queries: [{
            expr: `sum by (instance) (process_resident_memory_bytes{${INSTANCE}})`,
            name: "{{instance}}",
          }],
        },
        {
          title: "Open files",
          description: "A proxied request takes two.",
          view: "series",
          unit: "short",
          width: 8,
          queries: [{ expr: `sum by (instance) (process_open_fds{${INSTANCE}})`, name: "{{instance}}" }],
        },
        {
          title: "Configuration reloads",
          description: "Configurations that were read anew; a failed one changed nothing.",
          view: "series",
          unit: "short",
          width: 8,
          queries: [{
            expr: `sum by (result) (increase(gateway_config_reloads_total{${INSTANCE}}[$__rate_interval]))`,
            name: "{{result}}",
          }],
        },
      ],
    },
    {
      title: "Limits and guardrails",
      panels: [
        {
          title: "Requests refused by a limit",
          description: "By the limit that refused.",
          view: "stacked",
          unit: "reqps",
          width: 12,
          queries: [{ expr: rate("gateway_rate_limited_total", INSTANCE, "limit"), name: "{{limit}}" }],
        },
        {
          title: "Guardrails",
          description: "What guardrails looked at, by what they did and what they found.",
          view: "stacked",
          unit: "reqps",
          width: 12,
          noValue: "no guardrail",
          queries: [{
            expr: rate("gateway_guardrail_total", INSTANCE, "stage, action, type"),
            name: "{{stage}} {{action}} {{type}}",
          }],
        },
      ],
    },
    {
      title: "Stores",
      panels: [
        {
          title: "Operations",
          description: "On all stores, a second.",
          view: "stacked",
          unit: "ops",
          width: 8,
          queries: [{
            expr: rate("gateway_store_operations_total", INSTANCE, "store, backend, operation"),
            name: "{{store}} {{backend}} {{operation}}",
          }],
        },
        {
          title: "Conversations, P95",
          description: "Time of operations on the conversation store.",
          view: "series",
          unit: "s",
          width: 8,
          queries: [{
            expr: quantile(0.95, "conversation_operation_duration_seconds", INSTANCE, "operation, backend"),
            name: "{{operation}} {{backend}}",
          }],
        },
        {
          title: "Active conversations",
          description: "Kept now, by backend.",
          view: "series",
          unit: "short",
          width: 8,
          queries: [{
            expr: `sum by (backend) (conversation_active_count{${INSTANCE}})`,
            name: "{{backend}}",
          }],
        },
        {
          title: "Background responses",
          description: "Waiting and running now.",
          view: "series",
          unit: "short",
          width: 12,
          queries: [{ expr: `sum by (state) (gateway_background_runs{${INSTANCE}})`, name: "{{state}}" }],
        },
        {
          title: "Conversation operations",
          description: "By operation and its result.",
          view: "stacked",
          unit: "ops",
          width: 12,
          queries: [{
            expr: rate("conversation_operations_total", INSTANCE, "operation, status"),
            name: "{{operation}} {{status}}",
          }],
        },
      ],
    },
    {
      title: "Telemetry about telemetry",
      panels: [
        {
          title: "Made, arrived, dropped",
          description: "produced = exported + dropped + waiting, at any moment. Dropped is lost for good.",
          view: "series",
          unit: "ops",
          width: 8,
          queries: ["produced", "exported", "dropped", "failed"].map((what) => ({
            expr: rate(`gateway_telemetry_${what}_total`, INSTANCE, "signal"),
            name: `{{signal}} ${what}`,
          })),
        },
        {
          title: "Waiting",
          description: "Items in the queue towards exporters.",
          view: "series",
          unit: "short",
          width: 8,
          queries: [{
            expr: `sum by (signal) (gateway_telemetry_queue_length{${INSTANCE}})`,
            name: "{{signal}}",
          }],
        },
        {
          title: "Exporters up",
          description: "1 while telemetry arrives at all exporters of a signal.",
          view: "states",
          unit: "short",
          width: 8,
          noValue: "no exporter",
          steps: [{ color: "red" }, { color: "green", from: 1 }],
          queries: [{
            expr: `min by (signal) (gateway_telemetry_exporter_up{${INSTANCE}})`,
            name: "{{signal}}",
          }],
        },
        {
          title: "Series folded",
          description: "Samples whose labels became other, since their metric had too many series.",
          view: "series",
          unit: "ops",
          width: 24,
          height: 5,
          noValue: "none folded",
          queries: [{
            expr: `${rate("gateway_metric_series_folded_total", INSTANCE, "metric")} or ${NOTHING}`,
            name: "{{metric}}",
          }],
        },
      ],
    },
  ],
};
