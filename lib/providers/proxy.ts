import { BlockList, isIP } from "node:net";

/** What the environment says of proxies, read by the configuration. */
export interface ProxyEnvironment {
  /** For `https:` origins; empty or absent: none. */
  readonly httpsProxy?: string;
  /** For `http:` origins. */
  readonly httpProxy?: string;
  /** Where no proxy is used, comma-separated: see {@linkcode bypassesProxy}. */
  readonly noProxy?: string;
}

/**
 * The proxy for an origin; null: none.
 * @param own the provider's own setting, which beats the environment: a URL, or `none`.
 * @throws {TypeError} where the value is not a URL.
 */
export function proxyFor(origin: URL, environment: ProxyEnvironment, own: string | null): URL | null {
  if (own !== null && own !== "") return own === "none" ? null : proxyUrl(own);
  const proxy = origin.protocol === "https:" ? environment.httpsProxy : environment.httpProxy;
  if (proxy === undefined || proxy === "" || bypassesProxy(origin, environment.noProxy ?? "")) return null;
  return proxyUrl(proxy);
}

function proxyUrl(text: string): URL {
  // curl and others take `host:port` as well. The value may hold a password, so no message quotes it.
  const url = URL.parse(text.includes("://") ? text : `http://${text}`);
  if (url === null) throw new TypeError("Cannot use the proxy: its value is not a URL");
  return url;
}

/**
 * Whether `NO_PROXY` exempts an origin. Its entries, separated by commas or spaces:
 * - `*`: everything;
 * - `example.com`: the host and its subdomains; `.example.com` and `*.example.com`: the same, as curl has it;
 * - `10.1.2.3`, `::1`, `[::1]`: an address; `10.0.0.0/8`, `fd00::/8`: a range of addresses;
 * - each but a range may end in `:port`, and then holds for that port alone.
 */
export function bypassesProxy(origin: URL, noProxy: string): boolean {
  const host = unbracketed(origin.hostname.toLowerCase());
  const port = origin.port || (origin.protocol === "https:" ? "443" : "80");
  return noProxy.toLowerCase().split(/[\s,]+/).some((entry) => entry !== "" && exempts(entry, host, port));
}

function exempts(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  if (entry.includes("/")) return inRange(entry, host);
  // A bare IPv6 address has colons of its own.
  const withPort = isIP(entry) === 6 ? null : /^(.+):(\d+)$/.exec(entry);
  if (withPort !== null && withPort[2] !== port) return false;
  const name = unbracketed(withPort?.[1] ?? entry).replace(/^\*?\./, "");
  return host === name || (isIP(host) === 0 && host.endsWith(`.${name}`));
}

function inRange(entry: string, host: string): boolean {
  const [network = "", bits = ""] = entry.split("/");
  const kind = isIP(network);
  if (
    kind === 0 || isIP(host) !== kind || !/^\d{1,3}$/.test(bits) || Number(bits) > (kind === 4 ? 32 : 128)
  ) {
    return false;
  }
  const family = kind === 4 ? "ipv4" : "ipv6";
  const range = new BlockList();
  range.addSubnet(network, Number(bits), family);
  return range.check(host, family);
}

function unbracketed(host: string): string {
  return host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
}
