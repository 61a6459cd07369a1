/**
 * A program of one's own with the gateway inside, which keeps 5 % of the traces by the SDK's samplers:
 * `OTEL_TRACES_EXPORTER=console deno run -A examples/embedded.ts`.
 */
import { ParentBasedSampler, TraceIdRatioBasedSampler } from "@opentelemetry/sdk-trace-base";
import { loadConfig, ObservabilityManager, startGateway } from "../lib/mod.ts";

const { config } = loadConfig({
  path: Deno.args[0] ?? "config.yaml",
  env: (name) => Deno.env.get(name),
  readFile: (path) => Deno.readTextFileSync(path),
});

const observability = new ObservabilityManager({
  serviceName: "my-gateway",
  sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(0.05) }),
}).initialize();

const gateway = await startGateway(config, {
  version: "1.0.0",
  writer: Deno.stdout,
  terminal: false,
  observability,
});
Deno.addSignalListener("SIGTERM", () => gateway.shutdown());
await gateway.finished;
Deno.exit(0);
