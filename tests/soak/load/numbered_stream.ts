import { AnswerReader } from "../../../lib/tools/loadtest/answer_reader.ts";

const READ_BYTES = 2048;
const latin1 = new TextDecoder("latin1");
/** Of the provider's numbered contents, and what ends a stream. */
const MARK = /"content":"#(\d+) "|data: (\[DONE\])|^(event: error|data: \{"error")/gm;

/** What all streams of a run saw. */
export interface StreamsSeen {
  /** Streams that ended as they should, with every chunk. */
  whole: number;
  /** Chunks in their place. */
  chunks: number;
  /** Chunks that came before or after their turn, or twice. */
  misplaced: number;
  /** Chunks that never came. */
  lost: number;
  /** Streams that broke off or were refused, and why. */
  readonly failures: Map<string, number>;
  /** How far each chunk was from its pace, milliseconds, at whole milliseconds. */
  readonly late: Uint32Array;
}

export function nothingSeen(): StreamsSeen {
  return { whole: 0, chunks: 0, misplaced: 0, lost: 0, failures: new Map(), late: new Uint32Array(10_000) };
}

/** The time within which a share of the chunks came, milliseconds. */
export function lateness({ late }: StreamsSeen, share: number): number {
  const wanted = late.reduce((sum, count) => sum + count, 0) * share;
  let sum = 0;
  return late.findIndex((count) => (sum += count) >= wanted);
}

export interface NumberedStream {
  readonly port: number;
  readonly request: Uint8Array;
  /** How many chunks it has to have. */
  readonly chunks: number;
  /** How far apart they are sent. */
  readonly paceMs: number;
}

/** Reads one stream to its end, whichever that is. Never throws. */
export async function readNumbered(stream: NumberedStream, seen: StreamsSeen): Promise<void> {
  const { port, request, chunks, paceMs } = stream;
  let next = 0;
  let done = false;
  let first = 0;
  let text = "";
  const reader = new AnswerReader();
  reader.start((bytes) => {
    text += latin1.decode(bytes);
    // The line that is not whole yet waits for the rest of it.
    const end = text.lastIndexOf("\n") + 1;
    const now = performance.now();
    for (const [, number, last] of text.slice(0, end).matchAll(MARK)) {
      if (last !== undefined) done = true;
      else if (number === undefined) fail(seen, text.slice(0, end).trim());
      else if (Number(number) !== next) seen.misplaced++;
      else {
        if (next === 0) first = now;
        const off = Math.min(Math.round(Math.abs(now - first - next * paceMs)), seen.late.length - 1);
        seen.late[off] = (seen.late[off] ?? 0) + 1;
        next++;
        seen.chunks++;
      }
    }
    text = text.slice(end);
  });
  try {
    using conn = await Deno.connect({ hostname: "127.0.0.1", port });
    await conn.write(request);
    const buffer = new Uint8Array(READ_BYTES);
    for (let whole = false; !whole;) {
      const count = await conn.read(buffer);
      if (count === null) throw new Error("closed within the answer");
      whole = reader.push(buffer.subarray(0, count));
    }
    if (reader.status !== 200) throw new Error(`status ${reader.status}`);
    if (!done) throw new Error("no [DONE]");
    if (next === chunks) seen.whole++;
  } catch (error) {
    fail(seen, error instanceof Error ? error.message : String(error));
  }
  seen.lost += chunks - next;
}

function fail({ failures }: StreamsSeen, why: string): void {
  failures.set(why, (failures.get(why) ?? 0) + 1);
}
