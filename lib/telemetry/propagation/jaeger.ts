/**
 * Jaeger's own header: `uber-trace-id: {trace}:{span}:{parent}:{flags}`.
 * @see https://www.jaegertracing.io/docs/1.76/sdk-migration/#propagation-format
 */
import { paddedId, type Propagator } from "./propagator.ts";

const FLAG_SAMPLED = 1;

export const jaeger: Propagator = {
  extract(headers) {
    const header = headers.get("uber-trace-id");
    if (header === null) return null;
    // Some clients write the colons percent-encoded.
    const [trace = "", span = "", parent, flags = "", ...more] = header.trim().replaceAll(/%3a/gi, ":").split(
      ":",
    );
    const traceId = paddedId(trace, 32);
    const spanId = paddedId(span, 16);
    if (traceId === null || spanId === null || parent === undefined || more.length > 0) return null;
    if (!/^[0-9a-fA-F]{1,2}$/.test(flags)) return null;
    const sampled = (parseInt(flags, 16) & FLAG_SAMPLED) !== 0;
    return { traceId, spanId, sampled, random: false, traceState: "" };
  },
  inject({ traceId, spanId, sampled }, headers) {
    headers.push("uber-trace-id", `${traceId}:${spanId}:0:${sampled ? "1" : "0"}`);
  },
};
