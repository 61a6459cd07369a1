const MAPPED = "::ffff:";

/** An address in one form: an IPv4 address that an IPv6 socket shows as `::ffff:192.0.2.1` without that prefix. */
export function plainAddress(address: string): string {
  if (!address.startsWith(MAPPED) || !address.includes(".")) return address;
  const rest = address.slice(MAPPED.length);
  // `::ffff:0:192.0.2.1` is another kind of address.
  return rest.includes(":") ? address : rest;
}

/** An IP address as 4 or 16 bytes, or null where the text is none. Zones (`%eth0`) are not addresses. */
export function parseAddress(text: string): Uint8Array | null {
  const address = plainAddress(text.toLowerCase());
  return address.includes(":") ? parseIpv6(address) : parseIpv4(address);
}

/** An IPv4 address, or the 64-bit network of an IPv6 address: one customer's network is one caller. */
export function addressBucket(address: string): string {
  if (!address.includes(":")) return address;
  const [head = "", tail = ""] = address.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === "" ? [] : tail.split(":");
  const zeros = new Array<string>(Math.max(0, 8 - before.length - after.length)).fill("0");
  return [...before, ...zeros, ...after].slice(0, 4).join(":");
}

function parseIpv4(text: string): Uint8Array | null {
  const parts = text.split(".");
  if (parts.length !== 4) return null;
  const bytes = new Uint8Array(4);
  for (const [i, part] of parts.entries()) {
    // Leading zeros mean octal to some and decimal to others.
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return null;
    bytes[i] = Number(part);
  }
  return bytes;
}

function parseIpv6(text: string): Uint8Array | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const head = groups(halves[0] ?? "", halves.length === 1);
  const tail = halves.length === 2 ? groups(halves[1] ?? "", true) : [];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const bytes = new Uint8Array(16);
  for (const [i, group] of [...head, ...new Array<number>(missing).fill(0), ...tail].entries()) {
    bytes[2 * i] = group >> 8;
    bytes[2 * i + 1] = group & 255;
  }
  return bytes;
}

/** The 16-bit groups of one side of `::`; the last of all may be an IPv4 address, which counts as two. */
function groups(text: string, last: boolean): number[] | null {
  if (text === "") return [];
  const values: number[] = [];
  for (const part of text.split(":")) {
    if (part.includes(".")) {
      const v4 = parseIpv4(part);
      if (v4 === null || !last || !text.endsWith(part)) return null;
      values.push(((v4[0] ?? 0) << 8) | (v4[1] ?? 0), ((v4[2] ?? 0) << 8) | (v4[3] ?? 0));
    } else if (/^[0-9a-f]{1,4}$/.test(part)) values.push(parseInt(part, 16));
    else return null;
  }
  return values;
}

/** A network in CIDR notation; an address alone is a network of one. */
export class Network {
  readonly #bytes: Uint8Array;
  readonly #bits: number;

  /** @throws {TypeError} where the text is no network. */
  constructor(text: string) {
    const [address = "", bits, ...rest] = text.split("/");
    const bytes = parseAddress(address);
    const most = (bytes?.length ?? 0) * 8;
    if (
      bytes === null || rest.length > 0 ||
      (bits !== undefined && (!/^\d{1,3}$/.test(bits) || Number(bits) > most))
    ) {
      throw new TypeError(`Cannot read network "${text}": expected an address or CIDR, such as 10.0.0.0/8`);
    }
    this.#bytes = bytes;
    this.#bits = bits === undefined ? most : Number(bits);
  }

  /** Whether all addresses of another one are its own. */
  covers(other: Network): boolean {
    return other.#bits >= this.#bits && this.contains(other.#bytes);
  }

  static canParse(text: string): boolean {
    try {
      new Network(text);
      return true;
    } catch {
      return false;
    }
  }

  contains(address: Uint8Array): boolean {
    if (address.length !== this.#bytes.length) return false;
    let left = this.#bits;
    for (let i = 0; left > 0; i++, left -= 8) {
      const mask = left >= 8 ? 0xff : (0xff << (8 - left)) & 0xff;
      if (((address[i] ?? 0) & mask) !== ((this.#bytes[i] ?? 0) & mask)) return false;
    }
    return true;
  }
}
