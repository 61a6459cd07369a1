/**
 * AWS X-Ray's header: `X-Amzn-Trace-Id: Root=1-{8 digits}-{24 digits};Parent={16 digits};Sampled=1`.
 * @see https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
 */
import { paddedId, type Propagator } from "./propagator.ts";

const ROOT = /^1-([0-9a-fA-F]{8})-([0-9a-fA-F]{24})$/;
const PARENT = /^[0-9a-fA-F]{16}$/;
const DECISIONS: Readonly<Record<string, boolean | null>> = { "": null, "?": null, "0": false, "1": true };
/** More than this is no header of a tracer. */
const MAX_FIELDS = 32;

export const xray: Propagator = {
  extract(headers) {
    const header = headers.get("x-amzn-trace-id");
    if (header === null) return null;
    const fields = new Map<string, string>();
    for (const field of header.split(";", MAX_FIELDS)) {
      const equals = field.indexOf("=");
      if (equals > 0) fields.set(field.slice(0, equals).trim().toLowerCase(), field.slice(equals + 1).trim());
    }
    const root = ROOT.exec(fields.get("root") ?? "");
    const parent = fields.get("parent") ?? "";
    const sampled = DECISIONS[fields.get("sampled") ?? ""];
    if (root === null || !PARENT.test(parent) || sampled === undefined) return null;
    const traceId = paddedId(`${root[1]}${root[2]}`, 32);
    const spanId = paddedId(parent, 16);
    return traceId === null || spanId === null
      ? null
      : { traceId, spanId, sampled, random: false, traceState: "" };
  },
  inject({ traceId, spanId, sampled }, headers) {
    const root = `1-${traceId.slice(0, 8)}-${traceId.slice(8)}`;
    headers.push("x-amzn-trace-id", `Root=${root};Parent=${spanId};Sampled=${sampled ? "1" : "0"}`);
  },
};
