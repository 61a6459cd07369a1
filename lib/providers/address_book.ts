import { lookup } from "node:dns";
import { isIP } from "node:net";
import type { Clock } from "../clock.ts";
import { type AddressPolicy, isPermitted } from "./address_guard.ts";
import { coded } from "./coded_error.ts";

/** All addresses of a host, the preferred ones first. Rejects with an error that has a `code`, as Node's do. */
export type Resolve = (host: string) => Promise<readonly string[]>;

export interface DnsOptions {
  readonly resolve: Resolve;
  /** How long an answer counts, milliseconds; 0: each connection asks anew. */
  readonly ttl: number;
  readonly clock: Clock;
  /** Which addresses the host may have; absent: `any`. */
  readonly policy?: AddressPolicy;
}

/** How long the addresses of a host count where nobody says, milliseconds. */
export const DNS_TTL = 30_000;
/** How long an address that did not answer is asked last, milliseconds. */
const SKIPPED_FOR = 30_000;
/** How soon is asked again after a failure, while the old addresses serve. */
const RETRY_AFTER = 5_000;

/**
 * The system's own resolver: with `/etc/hosts`, search domains and its order of addresses, which asking a name
 * server ourselves would go past. It tells no time to live. `node:dns/promises` warns on stderr in Deno 2.6.
 */
export const systemResolve: Resolve = (host) =>
  new Promise((resolve, reject) => {
    lookup(host, { all: true, verbatim: true }, (error, addresses) => {
      if (error !== null) reject(error);
      else resolve(addresses.map(({ address }) => address));
    });
  });

/**
 * The addresses of one host. They are looked up when the first connection needs them and again when their time is
 * over; a name server that fails then takes none of them away. Connections are spread over all of them.
 */
export class AddressBook {
  /** Called when addresses have gone. */
  onGone: () => void = () => {};
  readonly #host: string;
  readonly #options: DnsOptions;
  #addresses: readonly string[] = [];
  /** The same, as {@linkcode normal} has it. */
  #present: ReadonlySet<string> = new Set();
  #expiresAt = -Infinity;
  #looking: Promise<readonly string[]> | null = null;
  #turn = 0;
  /** Of an address that is written in the URL. */
  #refused = false;
  /** Until when an address is asked last, monotonic milliseconds. */
  readonly #skipped = new Map<string, number>();

  /** @param hostname as in a URL: a name, an IPv4 address, or an IPv6 address in brackets. */
  constructor(hostname: string, options: DnsOptions) {
    this.#host = hostname.replace(/^\[|\]$/g, "");
    this.#options = options;
    if (isIP(this.#host) === 0) return;
    this.#use([this.#host], Infinity);
    // Whoever writes an address into a URL means it; that it is public may have been asked for all the same.
    this.#refused = options.policy === "public" && !isPermitted("public", this.#host);
  }

  /** The addresses in the order in which a connection should try them. */
  async order(): Promise<string[]> {
    if (this.#refused) throw refused();
    const all = this.#isFresh() ? this.#addresses : await this.#look();
    const turn = this.#turn++;
    const now = this.#options.clock.now();
    const v6 = rotated(all.filter((address) => isIP(address) === 6), turn);
    const v4 = rotated(all.filter((address) => isIP(address) !== 6), turn);
    const ordered = isIP(all[0] ?? "") === 6 ? interleaved(v6, v4) : interleaved(v4, v6);
    const skipped = (address: string) => (this.#skipped.get(address) ?? -Infinity) > now;
    return [...ordered.filter((address) => !skipped(address)), ...ordered.filter(skipped)];
  }

  /** Looks the addresses up again, beside whatever goes on, if their time is over. For a busy path: a comparison. */
  touch(): void {
    if (this.#isFresh() || this.#addresses.length === 0 || this.#options.ttl === 0) return;
    this.#look().catch(() => {});
  }

  /** Whether an address is the host's still, as far as is known. */
  has(address: string): boolean {
    return this.#options.ttl === 0 || this.#present.has(normal(address));
  }

  /** An address did not answer: for a while it is asked last. */
  failed(address: string): void {
    this.#skipped.set(address, this.#options.clock.now() + SKIPPED_FOR);
  }

  #isFresh(): boolean {
    return this.#options.clock.now() < this.#expiresAt;
  }

  #look(): Promise<readonly string[]> {
    const { resolve, clock, ttl } = this.#options;
    this.#looking ??= resolve(this.#host).then(atLeastOne).then((addresses) => this.#permitted(addresses))
      .then(
        (addresses) => this.#use(addresses, clock.now() + ttl),
        (error: unknown) => {
          if (this.#addresses.length === 0) throw error;
          this.#expiresAt = clock.now() + RETRY_AFTER;
          return this.#addresses;
        },
      ).finally(() => this.#looking = null);
    return this.#looking;
  }

  /** Each answer is looked at: a name may lead elsewhere the next time. Connections go to these addresses, not to the name. */
  #permitted(addresses: readonly string[]): readonly string[] {
    const permitted = addresses.filter((address) => isPermitted(this.#options.policy ?? "any", address));
    if (permitted.length === 0) throw refused();
    return permitted;
  }

  #use(addresses: readonly string[], expiresAt: number): readonly string[] {
    const before = this.#present;
    this.#addresses = addresses;
    this.#present = new Set(addresses.map(normal));
    this.#expiresAt = expiresAt;
    for (const address of this.#skipped.keys()) {
      if (!addresses.includes(address)) this.#skipped.delete(address);
    }
    for (const address of before) {
      if (this.#present.has(address)) continue;
      this.onGone();
      break;
    }
    return addresses;
  }
}

function atLeastOne(addresses: readonly string[]): readonly string[] {
  if (addresses.length > 0) return addresses;
  throw coded("ENOTFOUND", "Cannot resolve the host: it has no address");
}

function refused(): Error {
  return coded("ADDRESS_REFUSED", "Cannot connect: no address of the host is permitted");
}

function rotated(addresses: readonly string[], turn: number): string[] {
  const at = addresses.length === 0 ? 0 : turn % addresses.length;
  return [...addresses.slice(at), ...addresses.slice(0, at)];
}

/** By turns one of each, as RFC 8305 has it, so that a family that does not work costs one short wait. */
function interleaved(first: readonly string[], second: readonly string[]): string[] {
  return Array.from({ length: Math.max(first.length, second.length) }, (_, i) => [first[i], second[i]])
    .flat().filter((address) => address !== undefined);
}

/** IPv6 has several spellings of one address. */
function normal(address: string): string {
  return address.includes(":") ? URL.parse(`http://[${address}]`)?.hostname ?? address : address;
}
