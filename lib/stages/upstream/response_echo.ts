import { edit, scanJson } from "../../wire/json_scanner.ts";
import type { WireEvent } from "../../wire/framing.ts";
import { encodeSse } from "../../wire/sse.ts";
import { jsonBytes } from "../json_request.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The gateway keeps conversations itself, so a provider never hears of the previous response. The client still
 * sees the one that it named: one edit in the response object, whose other bytes stay as they were.
 */
export function echoPreviousResponse(response: Uint8Array, previousId: string): Uint8Array<ArrayBuffer> {
  const value = jsonBytes(previousId);
  return edit(scanJson(response), [{ set: "previous_response_id", value }]) as Uint8Array<ArrayBuffer>;
}

/** The same for an event of a stream that carries a response object; any other event stays as it is. */
export function echoPreviousResponseInEvent(previousId: string, event: WireEvent): Uint8Array {
  const scan = scanJson(encoder.encode(event.data));
  const response = scan.slice("response");
  if (response === null) return event.raw;
  const edited = edit(scan, [{ set: "response", value: echoPreviousResponse(response, previousId) }]);
  return encoder.encode(encodeSse(decoder.decode(edited), event.type));
}
