import { assertEquals, assertRejects } from "@std/assert";
import { ExportError } from "../../lib/telemetry/exporters/exporter.ts";
import { createOtlpExporter, type OtlpProtocol } from "../../lib/telemetry/exporters/otlp.ts";
import type { SpanRecord } from "../../lib/telemetry/projections/span.ts";
import { testCertificates } from "../providers/test_certificates.ts";
import { requires } from "../requires.ts";
import { answeredCall, arrived, end, storeOperation } from "../telemetry/exchanges.ts";
import { encoded, RESOURCE } from "../telemetry/exporters/spans.ts";
import { plainAttributes, spansOf } from "../telemetry/spans.ts";
import { attributesOf, type CollectedSpan, startCollector } from "./collector.ts";

function spans(): SpanRecord[] {
  const answered = arrived();
  storeOperation(answered, "get");
  answeredCall(answered, "generate_stream");
  storeOperation(answered, "create");
  const cancelled = arrived();
  cancelled.cancelStage = "streaming";
  cancelled.traceState = "foo=1";
  cancelled.userAgent = "curl é ✓";
  const failed = arrived();
  failed.errorType = "upstream_error";
  failed.errorMessage = "The provider failed.";
  return [
    ...spansOf(end(answered, "success", 200)),
    ...spansOf(end(cancelled, "cancelled", 499)),
    ...spansOf(end(failed, "error", 502)),
  ];
}

/** What both sides know of a span, in one shape. */
function sent(span: SpanRecord) {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    name: span.name,
    kind: span.kind as number,
    start: nanos(span.start),
    end: nanos(span.end),
    attributes: plainAttributes(span.attributes),
    events: span.events.map((event) => event.name),
    status: [span.status as number, span.message],
    resource: RESOURCE as Record<string, unknown>,
  };
}

function received(span: CollectedSpan): ReturnType<typeof sent> {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId ?? "",
    name: span.name,
    kind: span.kind,
    start: span.startTimeUnixNano,
    end: span.endTimeUnixNano,
    attributes: attributesOf(span) as ReturnType<typeof sent>["attributes"],
    events: (span.events ?? []).map((event) => event.name),
    status: [span.status.code ?? 0, span.status.message ?? ""],
    resource: span.resource,
  };
}

function nanos(ms: number): string {
  return `${BigInt(Math.floor(ms)) * 1_000_000n + BigInt(Math.round((ms % 1) * 1e6))}`;
}

const WAYS: readonly { protocol: OtlpProtocol; compression: "none" | "gzip" }[] = [
  { protocol: "grpc", compression: "none" },
  { protocol: "grpc", compression: "gzip" },
  { protocol: "http/protobuf", compression: "none" },
  { protocol: "http/protobuf", compression: "gzip" },
  { protocol: "http/json", compression: "none" },
];

for (const { protocol, compression } of WAYS) {
  Deno.test({
    name: `a collector receives over ${protocol} (compression: ${compression}) the spans that were made`,
    ...requires("collector"),
    async fn() {
      const collector = await startCollector();
      const exporter = createOtlpExporter({
        protocol,
        compression,
        url: protocol === "grpc" ? collector.grpc : `${collector.http}/v1/traces`,
        signal: "traces",
        userAgent: "llm-gateway/0.1.0",
      });
      const made = spans();
      const result = await exporter.export(encoded(made), new AbortController().signal);
      exporter.close();
      assertEquals(result, { rejected: 0, message: "", failedAttempts: 0 });
      assertEquals((await collector.stop()).map(received), made.map(sent));
    },
  });
}

Deno.test({
  name: "spans reach a collector over grpc again after it was restarted",
  ...requires("collector"),
  async fn() {
    const first = await startCollector();
    const stop = new AbortController();
    const exporter = createOtlpExporter({
      protocol: "grpc",
      url: first.grpc,
      signal: "traces",
      userAgent: "llm-gateway/0.1.0",
      sleep: () => {
        stop.abort();
        return Promise.resolve();
      },
    });
    const { signal } = new AbortController();
    await exporter.export(encoded(spans()), signal);
    assertEquals((await first.stop()).length > 0, true);
    await assertRejects(() => exporter.export(encoded(spans()), stop.signal), ExportError);
    const second = await startCollector({ grpc: Number(new URL(first.grpc).port) });
    await exporter.export(encoded(spans()), signal);
    exporter.close();
    assertEquals((await second.stop()).length, spans().length);
  },
});

for (const protocol of ["grpc", "http/protobuf", "http/json"] as const) {
  Deno.test({
    name:
      `spans reach a collector over ${protocol} with TLS, an authority and a client certificate of one's own`,
    ...requires("collector"),
    async fn() {
      const own = await testCertificates();
      if (own === null) throw new Error("Cannot make certificates: there is no openssl");
      const collector = await startCollector({}, own);
      const send = async (tls: Parameters<typeof createOtlpExporter>[0]["tls"]) => {
        const exporter = createOtlpExporter({
          signal: "traces",
          userAgent: "llm-gateway/0.1.0",
          protocol,
          url: protocol === "grpc" ? collector.grpc : `${collector.http}/v1/traces`,
          tls,
          timeout: 500,
        });
        try {
          return await exporter.export(encoded(spans()), new AbortController().signal);
        } finally {
          exporter.close();
        }
      };
      const { ca, cert, key } = own;
      await assertRejects(() => send(undefined), ExportError);
      await assertRejects(() => send({ ca, certificate: null, key: null }), ExportError);
      assertEquals((await send({ ca, certificate: cert, key })).rejected, 0);
      assertEquals((await collector.stop()).length, spans().length);
    },
  });
}
