/** A client that reads many streams at once and notes when each chunk arrived. */
import { STREAM_REQUEST } from "./payload.ts";

/** What the client saw of all its streams; times in milliseconds. */
export interface StreamTimes {
  /** From sending each request to its first content chunk. */
  readonly firstChunk: readonly number[];
  /** From the upstream's writing of each chunk to its arrival. */
  readonly chunks: readonly number[];
}

/** The streams start this far apart, so that their chunks do not come in bursts. */
const STAGGER_MS = 5;

const REQUEST = new TextEncoder().encode(
  "POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n" +
    "authorization: Bearer sk-bench\r\n" +
    `content-length: ${STREAM_REQUEST.length}\r\nconnection: close\r\n\r\n${STREAM_REQUEST}`,
);

const SENT_AT = /"sent_at":([\d.]+)/g;

/** @throws {Error} where a stream does not end as it should. */
export async function readStreams(port: number, streams: number): Promise<StreamTimes> {
  const times = { firstChunk: [] as number[], chunks: [] as number[] };
  await Promise.all(Array.from({ length: streams }, async (_, index) => {
    await new Promise((resolve) => setTimeout(resolve, index * STAGGER_MS));
    await readStream(port, times);
  }));
  return times;
}

/** Speaks HTTP over the bare socket: a client of the platform's would cost more than what is measured. */
async function readStream(port: number, times: { firstChunk: number[]; chunks: number[] }): Promise<void> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  connection.setNoDelay(true);
  const start = now();
  await connection.write(REQUEST);
  const buffer = new Uint8Array(65536);
  const decoder = new TextDecoder("latin1");
  let rest = "";
  let seen = 0;
  for (;;) {
    const count = await connection.read(buffer);
    const arrived = now();
    if (count === null) break;
    const text = rest + decoder.decode(buffer.subarray(0, count));
    // What follows the last line's end may be cut anywhere and waits for the next read.
    const whole = text.lastIndexOf("\n") + 1;
    rest = text.slice(whole);
    for (const match of text.slice(0, whole).matchAll(SENT_AT)) {
      if (seen++ === 0) times.firstChunk.push(arrived - start);
      times.chunks.push(arrived - Number(match[1]));
    }
  }
  if (seen === 0) throw new Error(`A stream of ${port} ended without content`);
}

/** Milliseconds since the epoch with the clock's full resolution, alike in every process of a machine. */
function now(): number {
  return performance.timeOrigin + performance.now();
}
