/** How the benchmark runs the gateway. */
import { V8_FLAGS } from "../v8_flags.ts";
import { MODEL } from "./payload.ts";
import { denoProgram } from "./program.ts";

export type GatewayMode = "off" | "metrics" | "traces-10" | "traces-100";

/**
 * Of spans: exports follow soon, so that their cost falls into the round that caused it, and nothing is dropped unsent.
 * Milliseconds, and spans.
 */
export const BATCH = { delay: 200, maxQueue: 100_000, maxSize: 2048 };

/** Telemetry of each mode, as YAML. */
const MODES: Readonly<Record<GatewayMode, (sink: number) => string>> = {
  off: () => `
logging: { level: ERROR }
observability: { enabled: false }`,
  metrics: () => `
logging: { level: ERROR }
observability: { tracing: { enabled: false } }`,
  "traces-10": (sink) => traces(sink, "{ type: probability, rate: 0.1 }"),
  "traces-100": (sink) => traces(sink, "{ type: always }"),
};

function traces(sink: number, sampler: string): string {
  return `
logging: { level: INFO, format: json }
observability:
  tracing:
    enabled: true
    sampler: ${sampler}
    exporter: { type: otlp, endpoint: "http://127.0.0.1:${sink}" }
    batch: { delay: ${BATCH.delay}ms, max_queue: ${BATCH.maxQueue}, max_size: ${BATCH.maxSize} }`;
}

/** The configuration file: everything by default but telemetry and the one provider. */
export function gatewayConfig(mode: GatewayMode, port: number, upstream: number, sink: number): string {
  return `server: { host: 127.0.0.1, port: ${port} }
providers:
  upstream: { type: openai_compatible, base_url: "http://127.0.0.1:${upstream}/v1", api_key: sk-bench }
models:
  ${MODEL}: upstream/${MODEL}
${MODES[mode](sink).trimStart()}
`;
}

/** The compiled binary where `GATEWAY_BIN` names one, else the source, which alone can be profiled. */
export function gatewayCommand(config: string, inspect?: number): [string, ...string[]] {
  const binary = Deno.env.get("GATEWAY_BIN");
  const args = ["serve", "--config", config];
  return binary && inspect === undefined
    ? [binary, ...args]
    : denoProgram("../../main.ts", args, inspect, [`--v8-flags=${V8_FLAGS}`]);
}
