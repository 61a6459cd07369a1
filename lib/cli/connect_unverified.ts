import { Readable } from "node:stream";
import { connect } from "node:tls";
import type { Connection } from "./system.ts";

/** Connects by TLS and believes whatever certificate it is shown. @throws where the handshake fails. */
export function connectUnverified(
  { hostname: host, port }: { hostname: string; port: number },
): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, rejectUnauthorized: false }, () =>
      resolve({
        readable: Readable.toWeb(socket) as ReadableStream<Uint8Array>,
        write: (data) =>
          new Promise((written, failed) =>
            socket.write(data, (error) => error ? failed(error) : written(data.length))
          ),
        [Symbol.dispose]: () => void socket.destroy(),
      }));
    socket.once("error", reject);
  });
}
