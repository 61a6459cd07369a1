/** A real OpenTelemetry Collector that writes what it is sent into files. */
import { freePort } from "../free_port.ts";
import type { TestCertificates } from "../providers/test_certificates.ts";
import { toolPath } from "../requires.ts";

export interface Collector {
  /** Origin of OTLP over gRPC. */
  readonly grpc: string;
  /** Origin of OTLP over HTTP. */
  readonly http: string;
  readonly pid: number;
  /** Stops it; returns the spans that it was sent, as OTLP's JSON has them. */
  stop(): Promise<CollectedSpan[]>;
  /** Stops it; returns all that it was sent. */
  stopAll(): Promise<Collected>;
}

export interface Collected {
  readonly spans: readonly CollectedSpan[];
  readonly logs: readonly CollectedLog[];
  /** In the order of their arrival: each push has all of them again. */
  readonly metrics: readonly CollectedMetric[];
}

export interface CollectedLog {
  readonly timeUnixNano: string;
  readonly severityText: string;
  readonly body: { readonly stringValue: string };
  readonly eventName?: string;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly attributes?: CollectedSpan["attributes"];
}

export interface CollectedPoint {
  readonly attributes?: CollectedSpan["attributes"];
  readonly count?: string;
  readonly sum?: number;
  readonly asDouble?: number;
}

export interface CollectedMetric {
  readonly name: string;
  readonly unit: string;
  readonly sum?: { readonly dataPoints: readonly CollectedPoint[] };
  readonly gauge?: { readonly dataPoints: readonly CollectedPoint[] };
  readonly histogram?: { readonly dataPoints: readonly CollectedPoint[] };
}

export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly {
    readonly key: string;
    readonly value: Readonly<Record<string, unknown>>;
  }[];
  readonly events?: readonly { readonly name: string }[];
  readonly status: { readonly code?: number; readonly message?: string };
  /** Of the resource that it came with. */
  readonly resource: Readonly<Record<string, unknown>>;
}

/** Another program may take a free port before the collector does. */
const TRIES = 3;

/**
 * @param ports for OTLP; default: any.
 * @param tls its certificate; clients have to show one of the same authority.
 */
export async function startCollector(
  ports: { readonly grpc?: number; readonly http?: number } = {},
  tls: TestCertificates | null = null,
): Promise<Collector> {
  for (let tries = 1;; tries++) {
    try {
      return await startOnce(ports, tls);
    } catch (error) {
      if (tries === TRIES || !String(error).includes("address already in use")) throw error;
    }
  }
}

async function startOnce(
  ports: { readonly grpc?: number; readonly http?: number },
  tls: TestCertificates | null,
): Promise<Collector> {
  const program = toolPath("collector");
  if (program === null) throw new Error("Cannot start a collector: OTEL_COLLECTOR_BIN is not set");
  const folder = await Deno.makeTempDir({ prefix: "collector-" });
  const [grpc, http] = [ports.grpc ?? freePort(), ports.http ?? freePort()];
  for (const [name, text] of Object.entries(tls ?? {})) {
    await Deno.writeTextFile(`${folder}/${name}.pem`, text);
  }
  const security = tls === null
    ? ""
    : `, tls: { cert_file: "${folder}/cert.pem", key_file: "${folder}/key.pem", client_ca_file: "${folder}/ca.pem" }`;
  await Deno.writeTextFile(
    `${folder}/config.yaml`,
    `
receivers:
  otlp:
    protocols:
      grpc: { endpoint: "127.0.0.1:${grpc}"${security} }
      http: { endpoint: "127.0.0.1:${http}"${security} }
exporters:
  file/traces: { path: "${folder}/traces.jsonl" }
  file/metrics: { path: "${folder}/metrics.jsonl" }
  file/logs: { path: "${folder}/logs.jsonl" }
service:
  telemetry: { metrics: { level: none } }
  pipelines:
    traces: { receivers: [otlp], exporters: [file/traces] }
    metrics: { receivers: [otlp], exporters: [file/metrics] }
    logs: { receivers: [otlp], exporters: [file/logs] }
`,
  );
  const child = new Deno.Command(program, {
    args: ["--config", `${folder}/config.yaml`],
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const log = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  while (!said.includes("Everything is ready")) {
    const { value, done } = await log.read();
    if (done) throw new Error(`Cannot start the collector: ${said}`);
    said += value;
  }
  // Its log has to be read, or the collector would stop at a full pipe.
  const rest = (async () => {
    while (!(await log.read()).done);
  })();
  async function stopAll(): Promise<Collected> {
    child.kill("SIGTERM");
    await Promise.all([child.status, rest]);
    const lines = async (signal: string): Promise<Line[]> => {
      const text = await Deno.readTextFile(`${folder}/${signal}.jsonl`).catch(() => "");
      return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
    };
    const [traces, metrics, logs] = await Promise.all([lines("traces"), lines("metrics"), lines("logs")]);
    await Deno.remove(folder, { recursive: true });
    return {
      spans: traces.flatMap(spansOfLine),
      metrics: metrics.flatMap(({ resourceMetrics = [] }) =>
        resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
      ),
      logs: logs.flatMap(({ resourceLogs = [] }) =>
        resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap((scope) => scope.logRecords))
      ),
    };
  }
  return {
    grpc: `${tls === null ? "http" : "https"}://127.0.0.1:${grpc}`,
    http: `${tls === null ? "http" : "https"}://127.0.0.1:${http}`,
    pid: child.pid,
    stopAll,
    stop: async () => [...(await stopAll()).spans],
  };
}

interface Line {
  readonly resourceSpans?: readonly {
    readonly resource: { readonly attributes: CollectedSpan["attributes"] };
    readonly scopeSpans: readonly { readonly spans: readonly Omit<CollectedSpan, "resource">[] }[];
  }[];
  readonly resourceMetrics?: readonly {
    readonly scopeMetrics: readonly { readonly metrics: readonly CollectedMetric[] }[];
  }[];
  readonly resourceLogs?: readonly {
    readonly scopeLogs: readonly { readonly logRecords: readonly CollectedLog[] }[];
  }[];
}

function spansOfLine({ resourceSpans = [] }: Line): CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const attributes = attributesOf(resource);
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => ({ ...span, resource: attributes })));
  });
}

/** Attributes by name: texts, numbers, booleans and lists of texts. */
export function attributesOf(
  of: { readonly attributes?: CollectedSpan["attributes"] },
): Record<string, unknown> {
  return Object.fromEntries((of.attributes ?? []).map(({ key, value }) => [key, plain(value)]));
}

function plain(value: Readonly<Record<string, unknown>>): unknown {
  if ("intValue" in value) return Number(value["intValue"]);
  if ("arrayValue" in value) {
    return ((value["arrayValue"] as { values?: Record<string, unknown>[] }).values ?? []).map(plain);
  }
  if ("kvlistValue" in value) {
    const { values = [] } = value["kvlistValue"] as {
      values?: { key: string; value: Record<string, unknown> }[];
    };
    return Object.fromEntries(values.map((pair) => [pair.key, plain(pair.value)]));
  }
  return Object.values(value)[0];
}
