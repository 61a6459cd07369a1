import type { ExportResult } from "./exporter.ts";
import { fieldValue } from "./proto_fields.ts";

/** What a collector says of a batch that it took. */
export type PartialSuccess = Pick<ExportResult, "rejected" | "message">;

const WHOLE: PartialSuccess = { rejected: 0, message: "" };

/**
 * Reads an `ExportTraceServiceResponse` or its likes: field 1 is the partial success, a message of how many were
 * rejected (1) and `error_message` (2). What cannot be read counts as whole: the status said that the batch was
 * taken.
 */
export function partialSuccess(body: Uint8Array): PartialSuccess {
  const partial = fieldValue(body, 1);
  if (!(partial instanceof Uint8Array)) return WHOLE;
  const rejected = fieldValue(partial, 1);
  const message = fieldValue(partial, 2);
  return {
    rejected: typeof rejected === "number" ? rejected : 0,
    message: message instanceof Uint8Array ? new TextDecoder().decode(message) : "",
  };
}

/**
 * The same in JSON: `{"partialSuccess":{"rejectedSpans":"1","errorMessage":"…"}}`.
 * @param rejectedName what the count is called.
 */
export function partialSuccessJson(body: Uint8Array, rejectedName: string): PartialSuccess {
  try {
    const partial = JSON.parse(new TextDecoder().decode(body))?.partialSuccess;
    const rejected = Number(partial?.[rejectedName] ?? 0);
    return { rejected: rejected > 0 ? rejected : 0, message: String(partial?.errorMessage ?? "") };
  } catch {
    return WHOLE;
  }
}
