import { fieldValue, fieldValues } from "./proto_fields.ts";

const RETRY_INFO = "type.googleapis.com/google.rpc.RetryInfo";

/**
 * How long a gRPC server asks to wait, in milliseconds, as `RetryInfo` in the details of its status says; null
 * where there is none.
 * @param header `grpc-status-details-bin`: a `google.rpc.Status` in base64, with or without padding.
 * @see https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto
 */
export function retryDelay(header: string | null): number | null {
  const status = fromBase64(header ?? "");
  if (status === null) return null;
  for (const detail of fieldValues(status, 3)) {
    if (!(detail instanceof Uint8Array) || text(fieldValue(detail, 1)) !== RETRY_INFO) continue;
    const info = fieldValue(detail, 2);
    const delay = info instanceof Uint8Array ? fieldValue(info, 1) : null;
    // An empty message, and a duration of nothing, are not written at all: at once.
    if (!(delay instanceof Uint8Array)) return 0;
    return whole(fieldValue(delay, 1)) * 1000 + whole(fieldValue(delay, 2)) / 1e6;
  }
  return null;
}

/** A negative duration comes as a number beyond all reason: it means none. */
function whole(value: number | Uint8Array | null): number {
  return typeof value === "number" && value < 2 ** 53 ? value : 0;
}

function text(value: number | Uint8Array | null): string {
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : "";
}

function fromBase64(digits: string): Uint8Array | null {
  try {
    return Uint8Array.from(atob(digits), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}
