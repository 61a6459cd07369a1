import { Network, parseAddress, plainAddress } from "../address.ts";

/** Addresses of peers whose trust is remembered; proxies are few. */
const REMEMBERED = 1000;

/**
 * Which address a request came from, where proxies stand in front. What a header says is believed only as far as
 * trusted proxies wrote it: the list is read from its end, and the first address that is not a trusted proxy's is
 * the client's. `X-Forwarded-For` counts where it is there, else `Forwarded` (RFC 7239): a proxy that writes one
 * passes on what a client wrote into the other.
 */
export class TrustedProxies {
  readonly #networks: readonly Network[];
  readonly #known = new Map<string, boolean>();

  /** @throws {TypeError} where an entry is no network in CIDR notation. */
  constructor(networks: readonly string[]) {
    this.#networks = networks.map((text) => new Network(text));
  }

  trusts(address: string): boolean {
    const known = this.#known.get(address);
    if (known !== undefined) return known;
    const bytes = parseAddress(address);
    const trusted = bytes !== null && this.#networks.some((network) => network.contains(bytes));
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    this.#known.set(address, trusted);
    return trusted;
  }

  /** The client's address as far as it is vouched for, given a peer that is trusted. */
  clientAddress(peer: string, headers: Headers): string {
    const list = headers.get("x-forwarded-for")?.split(",") ?? forwardedFor(headers.get("forwarded"));
    let client = peer;
    for (let i = list.length - 1; i >= 0; i--) {
      const address = withoutPort(list[i] ?? "");
      if (parseAddress(address) === null) return client;
      client = plainAddress(address);
      if (!this.trusts(client)) return client;
    }
    return client;
  }

  /** What the client's own connection spoke, as the nearest proxy says; null where it does not. */
  scheme(headers: Headers): "http" | "https" | null {
    const said = headers.get("x-forwarded-proto")?.split(",").at(-1)?.trim().toLowerCase();
    return said === "http" || said === "https" ? said : null;
  }
}

/** The `for` of each element of a `Forwarded` header, in order. */
function forwardedFor(header: string | null): string[] {
  if (header === null) return [];
  return header.split(",").map((element) => {
    for (const pair of element.split(";")) {
      const at = pair.indexOf("=");
      if (at === -1 || pair.slice(0, at).trim().toLowerCase() !== "for") continue;
      return pair.slice(at + 1).trim().replace(/^"(.*)"$/, "$1");
    }
    return "unknown";
  });
}

/** `192.0.2.1:80`, `[2001:db8::1]:80` and `[2001:db8::1]` without port and brackets. */
function withoutPort(text: string): string {
  const address = text.trim();
  if (address.startsWith("[")) return address.slice(1, address.indexOf("]"));
  const colon = address.indexOf(":");
  return colon !== -1 && colon === address.lastIndexOf(":") ? address.slice(0, colon) : address;
}
