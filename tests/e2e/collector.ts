/** A real OpenTelemetry Collector that writes the spans it is sent into a file. */
import { toolPath } from "../requires.ts";

export interface Collector {
  /** Origin of OTLP over gRPC. */
  readonly grpc: string;
  /** Origin of OTLP over HTTP. */
  readonly http: string;
  /** Stops it; returns the spans that it was sent, as OTLP's JSON has them. */
  stop(): Promise<CollectedSpan[]>;
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

/** A port that was free a moment ago: the collector does not tell which one it got for port 0. */
function freePort(): number {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr;
  listener.close();
  return port;
}

/** @param port for OTLP over gRPC; default: any. */
export async function startCollector(port?: number): Promise<Collector> {
  const program = toolPath("collector");
  if (program === null) throw new Error("Cannot start a collector: OTEL_COLLECTOR_BIN is not set");
  const folder = await Deno.makeTempDir({ prefix: "collector-" });
  const [grpc, http] = [port ?? freePort(), freePort()];
  await Deno.writeTextFile(
    `${folder}/config.yaml`,
    `
receivers:
  otlp:
    protocols:
      grpc: { endpoint: "127.0.0.1:${grpc}" }
      http: { endpoint: "127.0.0.1:${http}" }
exporters:
  file: { path: "${folder}/spans.jsonl" }
service:
  telemetry: { metrics: { level: none } }
  pipelines:
    traces: { receivers: [otlp], exporters: [file] }
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
  return {
    grpc: `http://127.0.0.1:${grpc}`,
    http: `http://127.0.0.1:${http}`,
    async stop() {
      child.kill("SIGTERM");
      await Promise.all([child.status, rest]);
      const text = await Deno.readTextFile(`${folder}/spans.jsonl`);
      await Deno.remove(folder, { recursive: true });
      return text.split("\n").filter((line) => line !== "").flatMap(spansOfLine);
    },
  };
}

interface Line {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: CollectedSpan["attributes"] };
    readonly scopeSpans: readonly { readonly spans: readonly Omit<CollectedSpan, "resource">[] }[];
  }[];
}

function spansOfLine(line: string): CollectedSpan[] {
  const { resourceSpans } = JSON.parse(line) as Line;
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
    return (value["arrayValue"] as { values: Record<string, unknown>[] }).values.map(plain);
  }
  return Object.values(value)[0];
}
