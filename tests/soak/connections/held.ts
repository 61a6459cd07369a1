/** States in `/proc/net/tcp`: established, and left by the client. */
const OPEN = ["01", "08"];

/** A connection that a server holds. */
export interface Held {
  /** The client's port, hexadecimal. */
  readonly client: string;
  /** Of the server's socket; `0`: it is not accepted yet. */
  readonly inode: string;
}

/**
 * The connections to an address that a server holds or has to accept yet. One that it has closed is none of them,
 * though the system still sends what was left of it.
 *
 * @param table `/proc/net/tcp` of a little-endian machine.
 * @param address IPv4, as the clients name it.
 * @see https://docs.kernel.org/networking/proc_net_tcp.html
 */
export function heldConnections(table: string, address: string, port: number): Held[] {
  const bytes = address.split(".").map(Number).toReversed();
  const local = `${bytes.map((byte) => hexadecimal(byte, 2)).join("")}:${hexadecimal(port, 4)}`;
  // `sl: local_address rem_address st tx_queue:rx_queue tr:when retrnsmt uid timeout inode`
  const lines = new RegExp(`^ *\\d+: ${local} \\w+:(\\w+) (\\w+) \\S+ \\S+ +\\w+ +\\d+ +\\d+ (\\d+) `, "gm");
  const held: Held[] = [];
  for (const [, client = "", state = "", inode = ""] of table.matchAll(lines)) {
    if (OPEN.includes(state) || inode !== "0") held.push({ client, inode });
  }
  return held;
}

function hexadecimal(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, "0");
}
