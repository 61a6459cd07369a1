import type { Framing, WireEvent } from "../../lib/wire/framing.ts";

/** What a parser made of a stream. */
export interface Parsed {
  readonly events: { readonly type: string; readonly data: string }[];
  readonly raws: readonly Uint8Array[];
  /** Name of the error that ended it, or empty. */
  readonly failure: string;
  /** What `end()` said. */
  readonly whole: boolean;
}

export function parseChunks(framing: Framing, chunks: readonly Uint8Array[], maxEventBytes?: number): Parsed {
  const events: WireEvent[] = [];
  const parser = framing.parser(
    (event) => events.push(event),
    maxEventBytes === undefined ? {} : { maxEventBytes },
  );
  let failure = "";
  try {
    for (const chunk of chunks) parser.push(chunk);
  } catch (error) {
    failure = (error as Error).name;
  }
  return {
    whole: parser.end(),
    failure,
    events: events.map(({ type, data }) => ({ type, data })),
    raws: events.map(({ raw }) => raw),
  };
}

/** The bytes cut at these places. */
export function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  let start = 0;
  return ends.map((end) => {
    // A copy: a parser may not count on what lies around its chunk, nor on the chunk staying as it is.
    const piece = bytes.slice(start, end);
    start = end;
    return piece;
  });
}
