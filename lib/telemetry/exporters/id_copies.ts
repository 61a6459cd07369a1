import type { ProtoWriter } from "./proto_writer.ts";

/** An id, and where its bytes stand. */
interface Place {
  id: string;
  at: number;
}

/**
 * Writes the ids of spans, copying those that stand in the buffer already: the spans of a trace share its id, and the
 * parent of a span is nearly always the first one of its trace or the last that was no child of it. Reading
 * hexadecimal digits takes several times as long.
 */
export class IdCopies {
  readonly #trace: Place = { id: "", at: 0 };
  readonly #first: Place = { id: "", at: 0 };
  readonly #last: Place = { id: "", at: 0 };

  /** The buffer was emptied, or what is in it was moved. */
  reset(): void {
    this.#trace.id = this.#first.id = this.#last.id = "";
  }

  /** @param parent empty: none. */
  write(writer: ProtoWriter, trace: string, span: string, traceState: string, parent: string): void {
    const begun = this.#trace.id === trace;
    if (begun) copy(writer, 1, this.#trace);
    else write(writer, 1, trace, this.#trace);
    const child = begun && parent === this.#last.id;
    // As long as its parent is still to be written, that one's place is kept.
    const place = !begun ? this.#first : child ? UNUSED : this.#last;
    const first = this.#first.id;
    write(writer, 2, span, place);
    if (traceState !== "") writer.string(3, traceState);
    if (parent === "") return;
    if (child) copy(writer, 4, this.#last);
    else if (begun && parent === first) copy(writer, 4, this.#first);
    else writer.hex(4, parent);
  }
}

/** Where nobody looks. */
const UNUSED: Place = { id: "", at: 0 };

function copy(writer: ProtoWriter, field: number, { id, at }: Place): void {
  const length = id.length >> 1;
  writer.header(field, length);
  writer.copy(at, at + length);
}

function write(writer: ProtoWriter, field: number, id: string, place: Place): void {
  writer.hex(field, id);
  place.id = id;
  place.at = writer.length - (id.length >> 1);
}
