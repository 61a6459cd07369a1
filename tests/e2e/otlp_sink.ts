/** A collector that keeps the spans it is sent, as OTLP/HTTP with JSON. */

export interface SinkSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the root of a trace. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string | number | boolean>;
}

interface JsonSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  attributes: { key: string; value: Record<string, unknown> }[];
}

export class OtlpSink implements AsyncDisposable {
  readonly spans: SinkSpan[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor() {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
      const { resourceSpans } = await request.json();
      for (const { scopeSpans } of resourceSpans) {
        for (const { spans } of scopeSpans) this.spans.push(...spans.map(readSpan));
      }
      return Response.json({});
    });
  }

  /** For `observability.tracing.exporter.endpoint`, with `protocol: http/json`. */
  get endpoint(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

function readSpan(span: JsonSpan): SinkSpan {
  const attributes = span.attributes.map(({ key, value }) => {
    const [kind, content] = Object.entries(value)[0] ?? ["", ""];
    return [key, kind === "intValue" ? Number(content) : content as string] as const;
  });
  const { traceId, spanId, parentSpanId = "", name } = span;
  return { traceId, spanId, parentSpanId, name, attributes: new Map(attributes) };
}
