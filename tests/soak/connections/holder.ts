/**
 * `holder.ts ADDRESS PORT`: a server that is not the gateway and takes connections as it does. It accepts them, reads
 * what comes, answers nothing and closes each after the gateway's default time-out, a few at a time. What slow clients
 * do to the machine, rather than to who serves them, is what is left beside it.
 */

const HELD_MS = 10_000;
/** As lib/deadlines.ts spreads closings. */
const EVERY_MS = 2;
const AT_ONCE = 4;

const [hostname = "", port = ""] = Deno.args;
/** In the order in which they came. */
const held: { readonly conn: Deno.TcpConn; readonly until: number }[] = [];
let first = 0;

setInterval(() => {
  const now = performance.now();
  for (let closed = 0; closed < AT_ONCE; closed++) {
    const next = held[first];
    if (next === undefined || next.until > now) return;
    first++;
    try {
      next.conn.close();
    } catch {
      // Its client closed it.
    }
  }
}, EVERY_MS);

for await (const conn of Deno.listen({ hostname, port: Number(port), tcpBacklog: 4096 })) {
  conn.setNoDelay(true);
  held.push({ conn, until: performance.now() + HELD_MS });
  read(conn);
}

async function read(conn: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(4096);
  try {
    while (await conn.read(buffer) !== null);
    conn.close();
  } catch {
    // Closed by either side.
  }
}
