import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { buildConnector, Client } from "undici";

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
 * @param proxy `http:` or `https:` URL, with credentials if it wants them; null: none.
 * @param ca PEM of certificate authorities that are trusted besides the system's.
 * @throws {TypeError} if the proxy is of another kind.
 */
export function routeTo(origin: URL, proxy: URL | null, ca: string | null): Route {
  if (proxy === null) return { origin: origin.origin, dial: direct(ca), pathPrefix: "", headers: [] };
  if (proxy.protocol !== "http:" && proxy.protocol !== "https:") {
    throw new TypeError(
      `Cannot use the proxy "${proxy.protocol}//${proxy.host}": its scheme is not http or https`,
    );
  }
  const headers = proxyHeaders(proxy);
  // What is encrypted anyway goes through a tunnel; a plain request is forwarded, as proxies refuse tunnels to it.
  if (origin.protocol === "https:") {
    return { origin: origin.origin, dial: tunnel(proxy, headers, ca), pathPrefix: "", headers: [] };
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

/** Connects through a proxy with `CONNECT`, then speaks TLS to the provider inside. */
function tunnel(proxy: URL, headers: readonly string[], ca: string | null): Dial {
  const dial = direct(ca);
  return (target, done) => new Tunnel(proxy.origin, headers, dial, target, done);
}

class Tunnel implements Dialling {
  #under: Dialling | null = null;
  readonly #client: Client;

  constructor(
    proxy: string,
    headers: readonly string[],
    dial: Dial,
    target: buildConnector.Options,
    done: buildConnector.Callback,
  ) {
    this.#client = new Client(proxy, {
      connect: (options, connected) => {
        this.#under = dial(options, connected);
      },
    });
    const path = `${target.hostname.includes(":") ? `[${target.hostname}]` : target.hostname}:${
      target.port || 443
    }`;
    this.#client.connect({ path, headers: ["host", path, ...headers] }, (error, answer) => {
      if (error !== null) return done(proxyError(error), null);
      if (answer.statusCode !== 200) {
        answer.socket.destroy();
        return done(proxyError(new Error(`The proxy answered ${answer.statusCode}`)), null);
      }
      this.#under = dial({ ...target, httpSocket: answer.socket as Socket }, done);
    });
  }

  destroy(): void {
    void this.#client.destroy();
    this.#under?.destroy();
  }
}

/** undici connects anew, without end, after what it takes for a lost connection: the proxy's failure is its own. */
function proxyError(cause: Error): Error {
  return Object.assign(new Error("Cannot connect through the proxy", { cause }), { code: "PROXY_REFUSED" });
}
