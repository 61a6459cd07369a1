import type { TLSSocket } from "node:tls";
import type { Side } from "./relay.ts";

/** A socket of Node's as a side of a relay. */
export function sideOfSocket(socket: TLSSocket): Side {
  const chunks = socket[Symbol.asyncIterator]();
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  let rest: Uint8Array = new Uint8Array();
  socket.on("error", () => {});
  return {
    async read(buffer) {
      while (rest.length === 0) {
        const { done, value } = await chunks.next();
        if (done) return null;
        rest = value;
      }
      const length = Math.min(rest.length, buffer.length);
      buffer.set(rest.subarray(0, length));
      rest = rest.subarray(length);
      return length;
    },
    async write(bytes) {
      if (socket.destroyed) throw new Error("Cannot write: the socket is closed");
      // Its own copy: the buffer is written to again before it is sent.
      if (!socket.write(bytes.slice())) await Promise.race([drained(socket), closed]);
      return bytes.length;
    },
    close: () => void socket.end(),
  };
}

function drained(socket: TLSSocket): Promise<void> {
  return new Promise((resolve) => socket.once("drain", () => resolve()));
}
