import { GatewayError } from "../errors.ts";

const OPENING_BRACE = 0x7b;

/**
 * What is wrong with a body by its headers: compressed, or a form where JSON is taken. Null where they say nothing of
 * it, and for what begins as an object does: most bodies cost no look at a header.
 */
export function foreignBody({ headers }: Request, bytes: Uint8Array): GatewayError | null {
  if (bytes[0] === OPENING_BRACE) return null;
  const coding = headers.get("content-encoding");
  if (coding !== null && coding.toLowerCase() !== "identity") {
    return refused("compressed ('content-encoding'), which is not supported: send it uncompressed");
  }
  if (/^multipart\//i.test(headers.get("content-type") ?? "")) {
    return refused("a form; this path takes JSON: send it as 'application/json'");
  }
  return null;
}

function refused(what: string): GatewayError {
  return new GatewayError("unsupported_media_type", `The request's body is ${what}.`);
}
