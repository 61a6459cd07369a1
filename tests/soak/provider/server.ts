/** HTTP/1.1 over bare sockets, as little of it as a provider of models needs: it shares the processors with what it serves. */

const encoder = new TextEncoder();
const latin1 = new TextDecoder("latin1");
const READ_BYTES = 4096;

/** One request, and the connection that it came on. */
export class Call {
  /** Whether the other side has closed the connection. */
  closed = false;
  onClose: () => void = () => {};

  constructor(readonly conn: Deno.TcpConn, readonly path: string, readonly body: string) {}

  /** Bytes as they are. Resolves when the system has them; those of a closed connection are nobody's. */
  async write(bytes: Uint8Array): Promise<void> {
    try {
      for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await this.conn.write(rest));
    } catch {
      this.end();
    }
  }

  answer(status: number, body: string, type = "application/json"): Promise<void> {
    const { length } = encoder.encode(body);
    return this.write(encoder.encode(
      `HTTP/1.1 ${status} Status\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\n\r\n${body}`,
    ));
  }

  /** Closes the connection in the middle of whatever there is, or sees that the other side did. */
  end(): void {
    if (this.closed) return;
    this.closed = true;
    this.onClose();
    try {
      this.conn.close();
    } catch {
      // It was closed already.
    }
  }
}

export const STREAM_HEAD = encoder.encode(
  "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n",
);
export const LAST_CHUNK = encoder.encode("0\r\n\r\n");

/** One chunk of a body in chunks. */
export function chunk(text: string): Uint8Array {
  return encoder.encode(`${encoder.encode(text).length.toString(16)}\r\n${text}\r\n`);
}

export interface Serving {
  readonly port: number;
  readonly handle: (call: Call) => Promise<void> | void;
  /** Hears that there is one more connection, or one less. */
  readonly onConnection: (change: 1 | -1) => void;
}

/** Serves every request of every connection, for as long as the process lives. */
export async function serveCalls({ port, handle, onConnection }: Serving): Promise<void> {
  for await (const conn of Deno.listen({ hostname: "127.0.0.1", port, tcpBacklog: 4096 })) {
    conn.setNoDelay(true);
    onConnection(1);
    serveConnection(conn, handle).finally(() => onConnection(-1));
  }
}

async function serveConnection(conn: Deno.TcpConn, handle: (call: Call) => Promise<void> | void) {
  const buffer = new Uint8Array(READ_BYTES);
  let text = "";
  let call: Call | null = null;
  try {
    for (;;) {
      // While an answer goes out, a read hears that the other side closes.
      const count = await conn.read(buffer);
      if (count === null) break;
      text += latin1.decode(buffer.subarray(0, count));
      const head = text.indexOf("\r\n\r\n");
      if (head < 0) continue;
      const length = Number(/^content-length: *(\d+)/im.exec(text.slice(0, head))?.[1] ?? 0);
      if (text.length < head + 4 + length) continue;
      const path = text.slice(text.indexOf(" ") + 1, text.indexOf(" ", text.indexOf(" ") + 1));
      call = new Call(conn, path, text.slice(head + 4, head + 4 + length));
      text = text.slice(head + 4 + length);
      handle(call);
    }
  } catch {
    // Reset by the other side.
  }
  call?.end();
  try {
    conn.close();
  } catch {
    // Closed by the call.
  }
}
