import { Buffer } from "node:buffer";
import { systemClock } from "../clock.ts";
import { AddressBook, DNS_TTL, type DnsOptions, systemResolve } from "./address_book.ts";
import {
  asksForHttp2,
  type Dial,
  dialTcp,
  dialTls,
  dialTunnel,
  type SpeaksHttp2,
  type TcpDial,
} from "./dial.ts";
import type { ReadPace } from "./read_pace.ts";

/** What it takes to let a host choose its protocol. */
export interface ProtocolChoice {
  readonly speaksHttp2: SpeaksHttp2;
  readonly dialHttp2: Dial;
}

/** How a provider is reached. */
export interface Route {
  /** Where requests go: the provider's origin, or that of a proxy that forwards them. */
  readonly origin: string;
  readonly dial: Dial;
  /** It speaks HTTP/2, as far as we know. */
  readonly http2: boolean;
  /** The host chooses, and `dial` is for HTTP/1.1; absent: `http2` says which protocol it is. */
  readonly choice?: ProtocolChoice;
  /** Of the host that is connected to. */
  readonly addresses: AddressBook;
  /** Put before the path of a request: a forwarding proxy wants the whole URL there. */
  readonly pathPrefix: string;
  /** Headers besides the request's own: `[name, value, …]`. */
  readonly headers: readonly string[];
  /** How often a connection of HTTP/1.1 is read; absent: whenever something comes. */
  readonly pace?: ReadPace;
}

const SYSTEM_DNS: DnsOptions = { resolve: systemResolve, ttl: DNS_TTL, clock: systemClock };

/**
 * The way to an origin. What is encrypted goes through a proxy's tunnel; a plain request is forwarded by it, as
 * many proxies refuse tunnels to port 80.
 * @param proxy an `http:` URL, with credentials if it wants them; null: none.
 * @param ca PEM of certificate authorities that are trusted besides the system's.
 * @param dns how its host is found, or the proxy's.
 * @param http2 HTTP/2 alone is spoken: agreed on by TLS (ALPN), or known beforehand without TLS. `auto`: the host
 * chooses by TLS; without TLS it is HTTP/1.1.
 * @throws {TypeError} if the proxy cannot carry HTTP/2, or is of another kind.
 */
export function routeTo(
  origin: URL,
  proxy: URL | null,
  ca: string | null,
  dns: DnsOptions = SYSTEM_DNS,
  http2: boolean | "auto" = false,
): Route {
  if (http2 === "auto") return chosenByHost(origin, proxy, ca, dns);
  const secure = origin.protocol === "https:";
  // A proxy stands where the operator has put it; where it connects to is its own business.
  const addresses = proxy === null
    ? new AddressBook(origin.hostname, dns)
    : new AddressBook(proxy.hostname, { ...dns, policy: "any" });
  const tcp = dialTcp(addresses);
  const protocol = http2 ? "h2" : "http/1.1";
  if (proxy === null) {
    const dial = secure ? dialTls(tcp, ca, protocol) : tcp;
    return { origin: origin.origin, dial, http2, addresses, pathPrefix: "", headers: [] };
  }
  if (proxy.protocol !== "http:") {
    throw new TypeError(`Cannot use the proxy "${proxy.protocol}//${proxy.host}": its scheme is not http`);
  }
  const headers = proxyHeaders(proxy);
  if (secure) {
    return {
      origin: origin.origin,
      dial: dialTls(dialTunnel(proxy, tcp, headers), ca, protocol),
      http2,
      addresses,
      pathPrefix: "",
      headers: [],
    };
  }
  if (http2) {
    throw new TypeError(`Cannot speak HTTP/2 with ${origin.origin} through a proxy: it is not https`);
  }
  return {
    origin: proxy.origin,
    dial: tcp,
    http2,
    addresses,
    pathPrefix: origin.origin,
    headers: ["host", origin.host, ...headers],
  };
}

function chosenByHost(origin: URL, proxy: URL | null, ca: string | null, dns: DnsOptions): Route {
  const route = routeTo(origin, proxy, ca, dns);
  if (origin.protocol !== "https:") return route;
  const direct = dialTcp(route.addresses);
  const tcp: TcpDial = proxy === null ? direct : dialTunnel(proxy, direct, proxyHeaders(proxy));
  return { ...route, choice: { speaksHttp2: asksForHttp2(tcp, ca), dialHttp2: dialTls(tcp, ca, "h2") } };
}

function proxyHeaders(proxy: URL): string[] {
  if (proxy.username === "") return [];
  const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return ["proxy-authorization", `Basic ${Buffer.from(credentials).toString("base64")}`];
}
