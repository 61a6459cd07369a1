import { plainAddress } from "../../address.ts";
import type { Peer } from "../engine.ts";

/** Who stands behind the loopback connections to a server, by their ports. */
export class Peers {
  readonly #byPort = new Map<number, Peer>();
  #connecting = 0;
  #change = Promise.withResolvers<void>();

  /**
   * Connects in a peer's name.
   * @param closed the server is through with the connection.
   * @throws where it does not connect.
   */
  async connect(
    { hostname, port }: { hostname: string; port: number },
    address: string,
    closed: (conn: Deno.TcpConn) => void,
  ): Promise<Deno.TcpConn> {
    this.#connecting++;
    try {
      const conn = await Deno.connect({ hostname, port });
      conn.setNoDelay(true);
      this.#byPort.set(conn.localAddr.port, { address: plainAddress(address), closed: () => closed(conn) });
      return conn;
    } finally {
      this.#connecting--;
      this.#change.resolve();
      this.#change = Promise.withResolvers();
    }
  }

  remove(conn: Deno.TcpConn): void {
    this.#byPort.delete(conn.localAddr.port);
  }

  /** Null for who came by another way. One that is accepted before it is known is waited for. */
  async of(port: number): Promise<Peer | null> {
    while (!this.#byPort.has(port) && this.#connecting > 0) await this.#change.promise;
    return this.#byPort.get(port) ?? null;
  }
}
