import type { ExportResult } from "./exporter.ts";

/** What a collector says of a batch that it took. */
export type PartialSuccess = Pick<ExportResult, "rejected" | "message">;

const WHOLE: PartialSuccess = { rejected: 0, message: "" };

/**
 * Reads an `ExportTraceServiceResponse`: field 1 is the partial success, a message of `rejected_spans` (1) and
 * `error_message` (2). What cannot be read counts as whole: the status said that the batch was taken.
 */
export function partialSuccess(body: Uint8Array): PartialSuccess {
  const partial = fieldOf(body, 1);
  if (!(partial instanceof Uint8Array)) return WHOLE;
  const rejected = fieldOf(partial, 1);
  const message = fieldOf(partial, 2);
  return {
    rejected: typeof rejected === "number" ? rejected : 0,
    message: message instanceof Uint8Array ? new TextDecoder().decode(message) : "",
  };
}

/** The same in JSON: `{"partialSuccess":{"rejectedSpans":"1","errorMessage":"…"}}`. */
export function partialSuccessJson(body: Uint8Array): PartialSuccess {
  try {
    const partial = JSON.parse(new TextDecoder().decode(body))?.partialSuccess;
    const rejected = Number(partial?.rejectedSpans ?? 0);
    return { rejected: rejected > 0 ? rejected : 0, message: String(partial?.errorMessage ?? "") };
  } catch {
    return WHOLE;
  }
}

/** The last value of a field: a number for a varint, bytes for what has a length; null where there is none. */
function fieldOf(bytes: Uint8Array, wanted: number): number | Uint8Array | null {
  let found: number | Uint8Array | null = null;
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; at < bytes.length; scale *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 127) * scale;
      if (byte < 128) break;
    }
    return value;
  };
  while (at < bytes.length) {
    const tag = varint();
    const wireType = tag & 7;
    let value: number | Uint8Array;
    if (wireType === 0) value = varint();
    else if (wireType === 2) {
      const length = varint();
      value = bytes.subarray(at, at + length);
      at += length;
    } else if (wireType === 1 || wireType === 5) {
      value = 0;
      at += wireType === 1 ? 8 : 4;
    } else return found;
    if (tag >>> 3 === wanted) found = value;
  }
  return found;
}
