import type { Buffer } from "node:buffer";
import type { UpstreamHeaders } from "./provider.ts";

const UPPER_A = 0x41;
const UPPER_Z = 0x5a;
const TO_LOWER = 0x20;

/** Response headers as they came off the wire: nothing is decoded before somebody asks for it. */
export class RawHeaders implements UpstreamHeaders {
  readonly #raw: readonly Buffer[];

  /** @param raw name, value, name, value, … */
  constructor(raw: readonly Buffer[]) {
    this.#raw = raw;
  }

  /** A header's value, several of one name joined by a comma; null where there is none. */
  get(name: string): string | null {
    const raw = this.#raw;
    let found: string | null = null;
    for (let i = 0; i + 1 < raw.length; i += 2) {
      if (!named(raw[i], name)) continue;
      const value = raw[i + 1]?.toString("latin1") ?? "";
      found = found === null ? value : `${found}, ${value}`;
    }
    return found;
  }

  *entries(): Iterable<readonly [string, string]> {
    const raw = this.#raw;
    for (let i = 0; i + 1 < raw.length; i += 2) {
      yield [raw[i]?.toString("latin1").toLowerCase() ?? "", raw[i + 1]?.toString("latin1") ?? ""];
    }
  }
}

/** Whether bytes are a name in any case; the name is given in lower case. */
function named(bytes: Buffer | undefined, name: string): boolean {
  if (bytes === undefined || bytes.length !== name.length) return false;
  for (let i = 0; i < name.length; i++) {
    let byte = bytes[i] ?? 0;
    if (byte >= UPPER_A && byte <= UPPER_Z) byte += TO_LOWER;
    if (byte !== name.charCodeAt(i)) return false;
  }
  return true;
}
