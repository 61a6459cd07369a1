import type { ProtoWriter } from "./proto_writer.ts";

/** A trace's id, and those of the spans that are parents of others: the server's, the call's, and one before. */
const PLACES = 4;

/**
 * Writes ids, copying those that stand in the buffer already: the spans of a trace share its id, and a span's parent
 * is another span of it. Reading hexadecimal digits takes ten times as long.
 */
export class IdCopies {
  readonly #ids: string[] = new Array<string>(PLACES).fill("");
  readonly #places: number[] = new Array<number>(PLACES).fill(0);
  #next = 0;

  /** The buffer was emptied, or what is in it was moved. */
  reset(): void {
    this.#ids.fill("");
  }

  write(writer: ProtoWriter, field: number, id: string): void {
    for (let i = 0; i < PLACES; i++) {
      if (this.#ids[i] !== id) continue;
      const place = this.#places[i] as number;
      writer.header(field, id.length >> 1);
      writer.copy(place, place + (id.length >> 1));
      return;
    }
    writer.hex(field, id);
    this.#ids[this.#next] = id;
    this.#places[this.#next] = writer.length - (id.length >> 1);
    this.#next = (this.#next + 1) % PLACES;
  }
}
