/** How long an address of several is tried before the next is tried beside it, milliseconds. */
const HEAD_START = 250;

/**
 * Connects to one of a host's addresses, each tried a little after the one before: the first that answers wins.
 * @see https://www.rfc-editor.org/rfc/rfc8305
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
