import type { JsonObject } from "../../wire/canonical.ts";
import { edit, type JsonEdit, scanJson } from "../../wire/json_scanner.ts";
import type { WireEvent } from "../../wire/framing.ts";
import { encodeSse } from "../../wire/sse.ts";
import { jsonBytes } from "../json_request.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The gateway keeps conversations itself, so a provider never hears of the previous response, the conversation or
 * the id that a client was promised. The client still sees what it named: edits in the response object, whose other
 * bytes stay as they were.
 *
 * @param echo fields of the response by their names.
 */
export function echoInResponse(response: Uint8Array, echo: JsonObject): Uint8Array<ArrayBuffer> {
  const edits = Object.keys(echo).map((name): JsonEdit => ({
    set: name,
    value: jsonBytes(echo[name] ?? null),
  }));
  return edit(scanJson(response), edits) as Uint8Array<ArrayBuffer>;
}

/** The same for an event of a stream that carries a response object; any other event stays as it is. */
export function echoInEvent(event: WireEvent, echo: JsonObject): Uint8Array {
  const scan = scanJson(encoder.encode(event.data));
  const response = scan.slice("response");
  if (response === null) return event.raw;
  const edited = edit(scan, [{ set: "response", value: echoInResponse(response, echo) }]);
  return encoder.encode(encodeSse(decoder.decode(edited), event.type));
}
