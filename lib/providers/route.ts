import { Buffer } from "node:buffer";
import { buildConnector } from "undici";
import { Tunnel } from "./tunnel.ts";

/** Something under way that can be ended. */
export interface Dialling {
  destroy(): void;
}

/** Opens the transport of a connection. Calls `done` once, unless what it returned was destroyed before. */
export type Dial = (target: buildConnector.Options, done: buildConnector.Callback) => Dialling;

/** How a provider is reached. */
export interface Route {
  /** Where requests go: the provider's origin, or that of a proxy that forwards them. */
  readonly origin: string;
  readonly dial: Dial;
  /** Put before the path of a request: a forwarding proxy wants the whole URL there. */
  readonly pathPrefix: string;
  /** Headers besides the request's own: `[name, value, …]`. */
  readonly headers: readonly string[];
}

/**
 * The way to an origin.
 * @param proxy an `http:` URL, with credentials if it wants them; null: none.
 * @param ca PEM of certificate authorities that are trusted besides the system's.
 * @throws {TypeError} if the proxy is of another kind.
 */
export function routeTo(origin: URL, proxy: URL | null, ca: string | null): Route {
  if (proxy === null) return { origin: origin.origin, dial: direct(ca), pathPrefix: "", headers: [] };
  if (proxy.protocol !== "http:") {
    throw new TypeError(
      `Cannot use the proxy "${proxy.protocol}//${proxy.host}": its scheme is not http`,
    );
  }
  const headers = proxyHeaders(proxy);
  // What is encrypted anyway goes through a tunnel; a plain request is forwarded, as proxies refuse tunnels to it.
  if (origin.protocol === "https:") {
    const options = { proxy, headers, ca };
    const dial: Dial = (target, done) => new Tunnel(options, target, done);
    return { origin: origin.origin, dial, pathPrefix: "", headers: [] };
  }
  return {
    origin: proxy.origin,
    dial: direct(ca),
    pathPrefix: origin.origin,
    headers: ["host", origin.host, ...headers],
  };
}

function proxyHeaders(proxy: URL): string[] {
  if (proxy.username === "") return [];
  const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return ["proxy-authorization", `Basic ${Buffer.from(credentials).toString("base64")}`];
}

function direct(ca: string | null): Dial {
  // Time-outs are the request's own. undici's connector returns the socket, which its types leave out.
  return buildConnector({ timeout: 0, ...(ca === null ? {} : { ca }) }) as unknown as Dial;
}
