import { assertEquals, assertRejects } from "@std/assert";
import { ExportError, type ExportResult } from "../../../lib/telemetry/exporters/exporter.ts";
import { createOtlpExporter, type OtlpExporterOptions } from "../../../lib/telemetry/exporters/otlp.ts";
import { decodeRequest, spansOf } from "./otlp_decoder.ts";
import { encoded, madeUpSpans } from "./spans.ts";

const GRPC_METHOD = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

interface Received {
  readonly path: string;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** A collector that answers as it is told, in order; the last answer stays. */
async function withCollector(
  answers: readonly (() => Response | Promise<Response>)[],
  test: (url: string, received: Received[]) => Promise<void>,
): Promise<void> {
  const received: Received[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    const body = new Uint8Array(await request.arrayBuffer());
    received.push({ path: new URL(request.url).pathname, headers: new Headers(request.headers), body });
    const answer = answers[Math.min(received.length, answers.length) - 1];
    return answer?.() ?? new Response(null, { status: 500 });
  });
  try {
    await test(`http://127.0.0.1:${server.addr.port}`, received);
  } finally {
    await server.shutdown();
  }
}

async function exportTo(
  options: Partial<OtlpExporterOptions> & Pick<OtlpExporterOptions, "protocol" | "url">,
  count = 3,
  signal: AbortSignal = new AbortController().signal,
): Promise<ExportResult & { slept: number[] }> {
  const slept: number[] = [];
  const exporter = createOtlpExporter({
    signal: "traces",
    userAgent: "llm-gateway/0.1.0",
    random: () => 0.5,
    sleep: (ms) => {
      slept.push(ms);
      return Promise.resolve();
    },
    ...options,
  });
  try {
    return { ...await exporter.export(encoded(madeUpSpans(count)), signal), slept };
  } finally {
    exporter.close();
  }
}

/** An `ExportTraceServiceResponse` with `rejected_spans` 2 and `error_message` "no". */
const PARTIAL = Uint8Array.of(0x0a, 0x06, 0x08, 0x02, 0x12, 0x02, 0x6e, 0x6f);

function grpcMessage(message: Uint8Array<ArrayBuffer>): Response {
  const frame = new Uint8Array(5 + message.length);
  new DataView(frame.buffer).setUint32(1, message.length);
  frame.set(message, 5);
  return new Response(frame, { headers: { "content-type": "application/grpc" } });
}

function grpcStatus(code: number, headers: Record<string, string> = {}): Response {
  return new Response(null, {
    headers: {
      "content-type": "application/grpc",
      "grpc-status": `${code}`,
      "grpc-message": "secret",
      ...headers,
    },
  });
}

async function gunzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(
    await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer(),
  );
}

Deno.test("createOtlpExporter() posts protocol buffers with the configured headers", async () => {
  await withCollector([() => new Response()], async (url, received) => {
    const result = await exportTo({
      protocol: "http/protobuf",
      url: `${url}/v1/traces`,
      headers: { Authorization: "Bearer t" },
    });
    assertEquals(result, { rejected: 0, message: "", failedAttempts: 0, slept: [] });
    const [request] = received;
    assertEquals(request?.path, "/v1/traces");
    assertEquals(request?.headers.get("content-type"), "application/x-protobuf");
    assertEquals(request?.headers.get("authorization"), "Bearer t");
    assertEquals(spansOf(decodeRequest(request?.body ?? new Uint8Array())).length, 3);
  });
});

Deno.test("createOtlpExporter() posts JSON", async () => {
  const partial = () =>
    Response.json({ partialSuccess: { rejectedSpans: "1", errorMessage: "one is too old" } });
  await withCollector([partial], async (url, received) => {
    const result = await exportTo({ protocol: "http/json", url: `${url}/v1/traces` });
    assertEquals([result.rejected, result.message], [1, "one is too old"]);
    const body = JSON.parse(new TextDecoder().decode(received[0]?.body));
    assertEquals(body.resourceSpans[0].scopeSpans[0].spans.length, 3);
  });
});

Deno.test("createOtlpExporter() speaks gRPC", async () => {
  await withCollector([() => grpcMessage(new Uint8Array())], async (url, received) => {
    const result = await exportTo({ protocol: "grpc", url, headers: { "x-tenant": "a" } });
    assertEquals([result.rejected, result.failedAttempts], [0, 0]);
    const [request] = received;
    assertEquals(request?.path, GRPC_METHOD);
    assertEquals(request?.headers.get("content-type"), "application/grpc+proto");
    assertEquals(request?.headers.get("te"), "trailers");
    assertEquals(request?.headers.get("x-tenant"), "a");
    const body = request?.body ?? new Uint8Array(5);
    assertEquals(body[0], 0);
    assertEquals(new DataView(body.buffer).getUint32(1), body.length - 5);
    assertEquals(spansOf(decodeRequest(body.subarray(5))).length, 3);
  });
});

Deno.test("createOtlpExporter() compresses", async () => {
  await withCollector([() => new Response()], async (url, received) => {
    await exportTo({ protocol: "http/protobuf", url, compression: "gzip" });
    assertEquals(received[0]?.headers.get("content-encoding"), "gzip");
    assertEquals(spansOf(decodeRequest(await gunzip(received[0]?.body ?? new Uint8Array()))).length, 3);
  });
  await withCollector([() => grpcMessage(new Uint8Array())], async (url, received) => {
    await exportTo({ protocol: "grpc", url, compression: "gzip" });
    const body = received[0]?.body ?? new Uint8Array();
    assertEquals([body[0], received[0]?.headers.get("grpc-encoding")], [1, "gzip"]);
    assertEquals(spansOf(decodeRequest(await gunzip(body.slice(5)))).length, 3);
  });
});

Deno.test("createOtlpExporter() sends credentials of the URL as a header", async () => {
  await withCollector([() => new Response()], async (url, received) => {
    await exportTo({ protocol: "http/protobuf", url: url.replace("http://", "http://me:p%40ss@") });
    assertEquals(received[0]?.headers.get("authorization"), `Basic ${btoa("me:p@ss")}`);
  });
});

for (const protocol of ["http/protobuf", "grpc"] as const) {
  const answer = protocol === "grpc" ? () => grpcMessage(PARTIAL) : () => new Response(PARTIAL);
  Deno.test(`createOtlpExporter() reports a partial success over ${protocol}`, async () => {
    await withCollector([answer], async (url) => {
      const result = await exportTo({ protocol, url });
      assertEquals([result.rejected, result.message], [2, "no"]);
    });
  });
}

Deno.test("createOtlpExporter() tries again after retryable statuses, backing off", async () => {
  const busy = [429, 502, 503, 504].map((status) => () => new Response("busy", { status }));
  await withCollector([...busy, () => new Response()], async (url, received) => {
    const result = await exportTo({ protocol: "http/protobuf", url });
    assertEquals([result.failedAttempts, received.length], [4, 5]);
    assertEquals(result.slept, [1000, 1500, 2250, 3375]);
  });
});

for (const protocol of ["http/protobuf", "http/json", "grpc"] as const) {
  for (const compression of ["none", "gzip"] as const) {
    Deno.test(`createOtlpExporter() makes a batch ready once, however often it is sent: ${protocol}, ${compression}`, async () => {
      const sent: unknown[] = [];
      const answers = [503, 503, 200];
      const fetch = (_url: unknown, { body }: RequestInit = {}) => {
        sent.push(body);
        const status = answers[sent.length - 1] ?? 200;
        return Promise.resolve(
          status === 200 && protocol === "grpc"
            ? grpcMessage(new Uint8Array())
            : new Response(null, { status }),
        );
      };
      const { failedAttempts } = await exportTo({ protocol, url: "http://127.0.0.1:1", compression, fetch });
      assertEquals(failedAttempts, 2);
      assertEquals(new Set(sent).size, 1);
    });
  }
}

Deno.test("createOtlpExporter() waits as long as retry-after says", async () => {
  const later = () => new Response(null, { status: 503, headers: { "retry-after": "7" } });
  await withCollector([later, () => new Response()], async (url) => {
    assertEquals((await exportTo({ protocol: "http/protobuf", url })).slept, [7000]);
  });
});

for (const status of [400, 401, 413, 500, 302]) {
  Deno.test(`createOtlpExporter() gives a batch up after HTTP ${status}, repeating no body`, async () => {
    await withCollector(
      [() => new Response("secret", { status, headers: { location: "/" } })],
      async (url, received) => {
        const error = await assertRejects(() => exportTo({ protocol: "http/protobuf", url }), ExportError);
        assertEquals([error.message, error.failedAttempts], [`the collector answered HTTP ${status}`, 1]);
        assertEquals(received.length, 1);
      },
    );
  });
}

for (const code of [1, 4, 10, 11, 14, 15]) {
  Deno.test(`createOtlpExporter() tries again after gRPC status ${code}`, async () => {
    await withCollector([() => grpcStatus(code), () => grpcMessage(new Uint8Array())], async (url) => {
      assertEquals((await exportTo({ protocol: "grpc", url })).failedAttempts, 1);
    });
  });
}

for (const code of [2, 3, 5, 7, 8, 12, 13, 16]) {
  Deno.test(`createOtlpExporter() gives a batch up after gRPC status ${code}`, async () => {
    await withCollector([() => grpcStatus(code)], async (url, received) => {
      const error = await assertRejects(() => exportTo({ protocol: "grpc", url }), ExportError);
      assertEquals([error.message, received.length], [`the collector answered gRPC status ${code}`, 1]);
    });
  });
}

/** A `google.rpc.Status` in base64 whose details hold a `RetryInfo` of 2.5 s. */
const RETRY_INFO = (() => {
  const type = new TextEncoder().encode("type.googleapis.com/google.rpc.RetryInfo");
  const delay = [0x08, 2, 0x10, 0x80, 0xca, 0xb5, 0xee, 0x01];
  const info = [0x0a, delay.length, ...delay];
  const any = [0x0a, type.length, ...type, 0x12, info.length, ...info];
  return btoa(String.fromCharCode(0x08, 8, 0x1a, any.length, ...any)).replace(/=+$/, "");
})();

for (const code of [8, 14]) {
  Deno.test(`createOtlpExporter() waits as long as RetryInfo says after gRPC status ${code}`, async () => {
    const busy = () => grpcStatus(code, { "grpc-status-details-bin": RETRY_INFO });
    await withCollector([busy, () => grpcMessage(new Uint8Array())], async (url) => {
      const result = await exportTo({ protocol: "grpc", url });
      assertEquals([result.failedAttempts, result.slept], [1, [2500]]);
    });
  });
}

for (const details of ["AA", "%", "GgA"]) {
  Deno.test(`createOtlpExporter() gives a batch up after RESOURCE_EXHAUSTED with details "${details}"`, async () => {
    const exhausted = () => grpcStatus(8, { "grpc-status-details-bin": details });
    await withCollector([exhausted], async (url) => {
      await assertRejects(() => exportTo({ protocol: "grpc", url }), ExportError);
    });
  });
}

/** A port on which nothing listens. */
function closedPort(): number {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr;
  listener.close();
  return port;
}

for (const protocol of ["http/protobuf", "grpc"] as const) {
  Deno.test(`createOtlpExporter() says that the connection was refused over ${protocol}`, async () => {
    const url = `http://127.0.0.1:${closedPort()}`;
    const stop = new AbortController();
    let waits = 0;
    const sleep = () => {
      if (++waits === 3) stop.abort();
      return Promise.resolve();
    };
    const error = await assertRejects(() => exportTo({ protocol, url, sleep }, 1, stop.signal), ExportError);
    assertEquals([error.message, error.failedAttempts], ["connection refused", 3]);
  });

  Deno.test(`createOtlpExporter() gives up over ${protocol} when no answer comes in time`, async () => {
    let answer = (_response: Response) => {};
    const never = () => new Promise<Response>((resolve) => answer = resolve);
    await withCollector([never], async (url) => {
      const error = await assertRejects(() => exportTo({ protocol, url, timeout: 50 }), ExportError);
      assertEquals(error.message, "no answer in time");
      answer(new Response());
    });
  });
}
