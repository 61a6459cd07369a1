import { GatewayError } from "../errors.ts";

/** Where a request goes, taken apart without trusting it. */
export interface RequestTarget {
  /** Host and, where given, port. */
  readonly authority: string;
  /** As it came: still to be made canonical. */
  readonly path: string;
  /** With its `?`, or empty. */
  readonly query: string;
}

const AUTHORITY = /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;
const PORT = /:\d{1,5}$/;

/**
 * Reads request targets. The platform joins `request.url` from the scheme, the Host header and the path as they
 * came, so `Host: a/admin?` would move a request to `/admin`: the header is checked before the URL is looked at,
 * and the path is what stands after it. Never parses a URL, which costs more than all of this.
 */
export class TargetReader {
  readonly #hosts: ReadonlySet<string> | null;
  /** The authority that passed last: clients use the same one again and again. */
  #passed: string | null = null;

  /** @param allowedHosts names that requests may use, without a port; empty: any that is well formed. */
  constructor(allowedHosts: readonly string[] = []) {
    this.#hosts = allowedHosts.length === 0 ? null : new Set(allowedHosts.map((host) => host.toLowerCase()));
  }

  /**
   * @throws {GatewayError} `invalid_host` for a Host (with HTTP/2: an authority) that is malformed or not allowed,
   * or differs from that of an absolute-form target; `invalid_request` for CONNECT and what has no path.
   */
  read(request: Request): RequestTarget {
    if (request.method === "CONNECT") throw new GatewayError("invalid_request", "CONNECT is not supported.");
    const host = request.headers.get("host");
    if (host !== null) this.#check(host);
    const { url } = request;
    const start = url.indexOf("//") + 2;
    // Without a Host (HTTP/1.0, HTTP/2) the platform puts the authority or the listener's address into the URL.
    const authority = host ?? authorityOf(url, start);
    if (host === null) this.#check(authority);
    else if (!url.startsWith(host, start)) {
      throw new GatewayError("invalid_host", "The request's target names another host than its Host header.");
    }
    const from = start + authority.length;
    if (url.charAt(from) !== "/") {
      throw new GatewayError("invalid_request", "The request's target is not a path.");
    }
    const query = url.indexOf("?", from);
    return query === -1
      ? { authority, path: url.slice(from), query: "" }
      : { authority, path: url.slice(from, query), query: url.slice(query) };
  }

  #check(authority: string): void {
    if (authority === this.#passed) return;
    if (!AUTHORITY.test(authority)) throw new GatewayError("invalid_host", "The Host header is malformed.");
    if (this.#hosts !== null && !this.#hosts.has(authority.replace(PORT, "").toLowerCase())) {
      throw new GatewayError("invalid_host", "The Host header names a host that is not served here.");
    }
    this.#passed = authority;
  }
}

function authorityOf(url: string, start: number): string {
  const slash = url.indexOf("/", start);
  return slash === -1 ? url.slice(start) : url.slice(start, slash);
}
