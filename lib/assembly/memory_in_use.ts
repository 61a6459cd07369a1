/**
 * Resident memory, without what was freed and the allocator keeps: V8 gives a body of some MiB back to it, and it
 * hands it to the next request rather than to the system. Judged by that, a gateway would refuse requests for ever
 * after a single burst (seen: 152 MB kept by a process that held nothing). So it is V8's heap and buffers now, and
 * what the process had besides them when they took most, since then nothing was kept. What sockets and TLS take
 * beyond is not seen; that is bounded by `server.max_connections`.
 * @param read what the process has now.
 * @returns bytes, each time it is called.
 */
export function memoryInUse(read: () => Deno.MemoryUsage): () => number {
  let most = 0;
  let besides = 0;
  const inUse = () => {
    const { rss, heapTotal, external } = read();
    const v8 = heapTotal + external;
    if (v8 >= most) {
      most = v8;
      besides = Math.max(besides, rss - v8);
    }
    return Math.min(rss, besides + v8);
  };
  inUse();
  return inUse;
}
