import { Buffer } from "node:buffer";
import { RawHeaders } from "../../lib/providers/raw_headers.ts";

/** Headers as an upstream would have sent them. */
export function upstreamHeaders(headers: Readonly<Record<string, string>> = {}): RawHeaders {
  return new RawHeaders(Object.entries(headers).flat().map((text) => Buffer.from(text, "latin1")));
}
