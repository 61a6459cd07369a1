/** The trace of a request, read back from Jaeger by its query API. Jaeger takes five minutes to build, so it is no part of CI. */
import { assertEquals } from "@std/assert";
import { GatewayProcess } from "../e2e/gateway_process.ts";
import { freePort } from "../free_port.ts";
import { requires, toolPath } from "../requires.ts";

interface JaegerSpan {
  readonly spanID: string;
  readonly operationName: string;
  readonly references: readonly { readonly refType: string; readonly spanID: string }[];
  readonly duration: number;
  readonly tags: readonly { readonly key: string; readonly type: string; readonly value: unknown }[];
}

interface JaegerTrace {
  readonly spans: readonly JaegerSpan[];
  readonly processes: Readonly<Record<string, { readonly serviceName: string }>>;
}

class Jaeger implements AsyncDisposable {
  private constructor(
    private readonly child: Deno.ChildProcess,
    private readonly folder: string,
    readonly endpoints: Readonly<Record<string, string>>,
    private readonly query: string,
  ) {}

  static async start(): Promise<Jaeger> {
    const folder = await Deno.makeTempDir({ prefix: "jaeger-" });
    const [grpc, http, query, queryGrpc] = [freePort(), freePort(), freePort(), freePort()];
    await Deno.writeTextFile(
      `${folder}/config.yaml`,
      `
service:
  extensions: [jaeger_storage, jaeger_query]
  pipelines: { traces: { receivers: [otlp], exporters: [jaeger_storage_exporter] } }
  telemetry: { metrics: { level: none } }
extensions:
  jaeger_query:
    storage: { traces: memory }
    http: { endpoint: "127.0.0.1:${query}" }
    grpc: { endpoint: "127.0.0.1:${queryGrpc}" }
  jaeger_storage: { backends: { memory: { memory: { max_traces: 1000 } } } }
receivers:
  otlp:
    protocols:
      grpc: { endpoint: "127.0.0.1:${grpc}" }
      http: { endpoint: "127.0.0.1:${http}" }
exporters: { jaeger_storage_exporter: { trace_storage: memory } }
`,
    );
    const child = new Deno.Command(toolPath("jaeger") ?? "", {
      args: ["--config", `${folder}/config.yaml`],
      stdout: "null",
      stderr: "null",
    }).spawn();
    const endpoints = {
      grpc: `http://127.0.0.1:${grpc}`,
      "http/protobuf": `http://127.0.0.1:${http}`,
      "http/json": `http://127.0.0.1:${http}`,
    };
    return new Jaeger(child, folder, endpoints, `http://127.0.0.1:${query}`);
  }

  /** The trace, once it has as many spans. */
  async trace(id: string, spans: number): Promise<JaegerTrace> {
    for (const end = performance.now() + 30_000; performance.now() < end;) {
      try {
        const response = await fetch(`${this.query}/api/traces/${id}`);
        const { data } = await response.json();
        if (data?.[0]?.spans.length === spans) return data[0];
      } catch {
        // It does not listen yet.
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`Cannot find the trace ${id} with ${spans} spans`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGTERM");
    await this.child.status;
    await Deno.remove(this.folder, { recursive: true });
  }
}

for (const protocol of ["grpc", "http/protobuf", "http/json"]) {
  Deno.test({
    name: `Jaeger shows the trace of a request, its tree, names and attributes, sent over ${protocol}`,
    ...requires("jaeger"),
    async fn() {
      await using jaeger = await Jaeger.start();
      await using gateway = await GatewayProcess.start({
        config: `
logging: { format: json }
server: { drain_delay: 0s }
providers: { mock: { type: mock } }
models: { mock: mock/mock }
observability:
  tracing:
    sampler: { type: always }
    exporter: { type: otlp, protocol: ${protocol}, endpoint: "${jaeger.endpoints[protocol]}", timeout: 20s }
    batch: { delay: 50ms }
`,
      });
      const response = await fetch(`${gateway.url}/v1/responses`, {
        method: "POST",
        headers: { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" },
        body: JSON.stringify({ model: "mock", input: "hello é ✓" }),
      });
      await response.text();
      const line = await gateway.log(({ event }) => event === "request.end");
      const { spans, processes } = await jaeger.trace(String(line.trace_id), 4);
      assertEquals(Object.values(processes).map(({ serviceName }) => serviceName), ["llm-gateway"]);
      const byId = new Map(spans.map((span) => [span.spanID, span]));
      const parents = spans.map((span) => {
        const parent = span.references.find(({ refType }) => refType === "CHILD_OF")?.spanID ?? "";
        return `${span.operationName} < ${byId.get(parent)?.operationName ?? parent}`;
      });
      assertEquals(parents.toSorted(), [
        "HTTP POST /v1/responses < b7ad6b7169203331",
        "POST < provider.generate",
        "conversation.create < HTTP POST /v1/responses",
        "provider.generate < HTTP POST /v1/responses",
      ]);
      const root = spans.find((span) => span.operationName === "HTTP POST /v1/responses");
      const tags = Object.fromEntries(root?.tags.map(({ key, value }) => [key, value]) ?? []);
      assertEquals([tags["http.request_id"], tags["http.status_code"], tags["span.kind"]], [
        line.request_id,
        200,
        "server",
      ]);
    },
  });
}
