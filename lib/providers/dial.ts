import type { AddressBook } from "./address_book.ts";
import { coded } from "./coded_error.ts";

/** Opens a connection. Its errors have a `code` of `connection_failure.ts`; `signal` gives up. */
export type Dial = (hostname: string, port: number, signal: AbortSignal) => Promise<Deno.Conn>;

/** {@linkcode Dial} without anything around the connection. */
export type TcpDial = (hostname: string, port: number, signal: AbortSignal) => Promise<Deno.TcpConn>;

/** How long an address of several is tried before the next is tried beside it, milliseconds. */
const HEAD_START = 250;

/** The most that a proxy may say before its tunnel stands, characters. */
const MAX_HEAD = 16 * 1024;

/** Connects to one of a host's addresses. @see https://www.rfc-editor.org/rfc/rfc8305 */
export function dialTcp(addresses: AddressBook): TcpDial {
  return async (_hostname, port, signal) => {
    const order = await addresses.order();
    const conn = await connectFirst(order, port, signal, (address) => addresses.failed(address));
    // Requests are small and are waited for.
    conn.setNoDelay(true);
    conn.setKeepAlive(true);
    return conn;
  };
}

/**
 * The race between addresses, each tried a little after the one before: the first that answers wins.
 * @param addresses at least one.
 * @param onFailed hears of addresses that refused, or lost although they had a head start.
 * @throws the last one's error where none answers.
 */
export function connectFirst(
  addresses: readonly string[],
  port: number,
  signal: AbortSignal,
  onFailed: (address: string) => void = () => {},
): Promise<Deno.TcpConn> {
  const { promise, resolve, reject } = Promise.withResolvers<Deno.TcpConn>();
  const losers = new AbortController();
  const either = addresses.length === 1 ? signal : AbortSignal.any([signal, losers.signal]);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const open = new Set<string>();
  let next = 0;
  let won = false;

  function connectNext(): void {
    clearTimeout(timer);
    const hostname = addresses[next++];
    if (hostname === undefined) return;
    open.add(hostname);
    Deno.connect({ hostname, port, signal: either }).then(
      (conn) => connected(hostname, conn),
      (error) => failed(hostname, error),
    );
    if (next < addresses.length) timer = setTimeout(connectNext, HEAD_START);
  }

  function connected(address: string, conn: Deno.TcpConn): void {
    if (won) return conn.close();
    won = true;
    clearTimeout(timer);
    open.delete(address);
    // Those that were begun before it had at least one head start; the one begun last may be as good.
    const last = addresses[next - 1];
    for (const other of open) if (other !== last) onFailed(other);
    losers.abort();
    resolve(conn);
  }

  function failed(address: string, error: Error): void {
    open.delete(address);
    if (won) return;
    if (!signal.aborted) {
      onFailed(address);
      connectNext();
    }
    if (open.size > 0) return;
    clearTimeout(timer);
    reject(error);
  }

  connectNext();
  return promise;
}

/** What TLS offers the host, the preferred one first. */
const OFFERS = { "http/1.1": ["http/1.1"], "h2": ["h2"], "either": ["h2", "http/1.1"] } as const;

/** Whether the host at a name and port would speak HTTP/2. */
export type SpeaksHttp2 = (hostname: string, port: number, signal: AbortSignal) => Promise<boolean>;

/**
 * Speaks TLS over what another dial opens, to the host by its name.
 * @param ca PEM of certificate authorities that are trusted besides the system's; null: none.
 * @param protocol that is asked for (ALPN). The error's code is `NO_HTTP2` where the host does not speak HTTP/2.
 */
export function dialTls(tcp: TcpDial, ca: string | null, protocol: keyof typeof OFFERS = "http/1.1"): Dial {
  const options = { alpnProtocols: [...OFFERS[protocol]], ...(ca === null ? {} : { caCerts: [ca] }) };
  return async (hostname, port, signal) => {
    const conn = await tcp(hostname, port, signal);
    const tls = await Deno.startTls(conn, { ...options, hostname: hostname.replace(/^\[|\]$/g, "") });
    const giveUp = () => tls.close();
    signal.addEventListener("abort", giveUp);
    try {
      if (signal.aborted) throw signal.reason;
      const { alpnProtocol } = await tls.handshake();
      // A server that knows no ALPN speaks HTTP/1.1.
      if (protocol === "h2" && alpnProtocol !== "h2") throw coded("NO_HTTP2", "Cannot speak HTTP/2");
      return tls;
    } catch (cause) {
      if (!signal.aborted) tls.close();
      if (cause instanceof Error && "code" in cause) throw cause;
      throw coded(tlsCode(cause), "Cannot speak TLS with the host", cause);
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  };
}

/** Asks a host by TLS (ALPN) for HTTP/2 or HTTP/1.1. @returns whether it chose HTTP/2. */
export function asksForHttp2(tcp: TcpDial, ca: string | null): SpeaksHttp2 {
  const dial = dialTls(tcp, ca, "either");
  return async (hostname, port, signal) => {
    const conn = await dial(hostname, port, signal) as Deno.TlsConn;
    const { alpnProtocol } = await conn.handshake();
    conn.close();
    return alpnProtocol === "h2";
  };
}

/**
 * Connects through a proxy with `CONNECT`.
 * @param tcp connects to the proxy. @param headers for the proxy alone: `[name, value, …]`.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6
 */
export function dialTunnel(proxy: URL, tcp: TcpDial, headers: readonly string[]): TcpDial {
  return async (hostname, port, signal) => {
    try {
      const conn = await tcp(proxy.hostname, Number(proxy.port || 80), signal);
      const giveUp = () => conn.close();
      signal.addEventListener("abort", giveUp);
      try {
        if (signal.aborted) throw signal.reason;
        await openTunnel(conn, `${hostname}:${port}`, headers);
        return conn;
      } catch (error) {
        if (!signal.aborted) conn.close();
        throw error;
      } finally {
        signal.removeEventListener("abort", giveUp);
      }
    } catch (cause) {
      throw coded("PROXY_REFUSED", "Cannot connect through the proxy", cause);
    }
  };
}

async function openTunnel(conn: Deno.TcpConn, authority: string, headers: readonly string[]): Promise<void> {
  let head = `CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n`;
  for (let i = 0; i + 1 < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`;
  const bytes = new TextEncoder().encode(`${head}\r\n`);
  for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
  const answer = await readHead(conn);
  if (!/^HTTP\/1\.[01] 200 /.test(answer)) {
    throw new Error(`The proxy answered ${JSON.stringify(answer.slice(0, 40))}`);
  }
}

/** Reads to the blank line; behind it the proxy says nothing before the client does. */
async function readHead(conn: Deno.Conn): Promise<string> {
  const decoder = new TextDecoder("latin1");
  const chunk = new Uint8Array(1024);
  let head = "";
  while (!head.includes("\r\n\r\n")) {
    const length = await conn.read(chunk);
    if (length === null) throw new Error("The proxy hung up");
    head += decoder.decode(chunk.subarray(0, length));
    if (head.length > MAX_HEAD) throw new Error("The proxy's answer is too long");
  }
  return head;
}

/** Deno tells in words alone what is wrong with a certificate. */
function tlsCode(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : "";
  if (/application.?protocol/i.test(text)) return "NO_HTTP2";
  if (!text.includes("certificate")) return "TLS_HANDSHAKE";
  if (/not valid for name|NotValidForName/.test(text)) return "TLS_CERTIFICATE_NAME";
  return /expired/i.test(text) ? "TLS_CERTIFICATE_EXPIRED" : "TLS_CERTIFICATE";
}
