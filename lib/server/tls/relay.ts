const CHUNK = 64 * 1024;

/** One side of a relay. */
export interface Side {
  read(buffer: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  /** May be called again. */
  close(): void;
}

/** Carries bytes both ways, no faster than they are read. Resolves when either side has ended, with both closed. */
export async function relay(a: Side, b: Side): Promise<void> {
  const close = () => {
    a.close();
    b.close();
  };
  await Promise.all([carry(a, b).finally(close), carry(b, a).finally(close)]);
}

async function carry(from: Side, to: Side): Promise<void> {
  const buffer = new Uint8Array(CHUNK);
  try {
    for (;;) {
      const length = await from.read(buffer);
      if (length === null) return;
      for (let at = 0; at < length;) at += await to.write(buffer.subarray(at, length));
    }
  } catch {
    // One of them was closed or reset: that is the end as well.
  }
}

/** A connection of the runtime's as a side. */
export function sideOf(conn: Deno.Conn): Side {
  let open = true;
  return {
    read: (buffer) => conn.read(buffer),
    write: (bytes) => conn.write(bytes),
    close() {
      if (open) conn.close();
      open = false;
    },
  };
}
