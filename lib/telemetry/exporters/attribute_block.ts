import type { AttributeKey } from "../names/attribute_key.ts";
import type { Attributes } from "../projections/attributes.ts";
import { type AttributeForm, overwriteAttribute, UNALTERABLE, writeAttribute } from "./otlp_attributes.ts";
import type { ProtoWriter } from "./proto_writer.ts";

/** What is longer holds what was said, which comes once: it is written anew. */
const LONGEST_COPY = 4096;

/**
 * Writes the attributes of one kind of records, starting from what it wrote of the last one: route, model, provider and
 * the like are three quarters of a span, and most of the others take as many bytes as before. So all are copied in one
 * go, and what has changed is written over; what does not fit is written anew, and what stands behind it is copied to
 * its end.
 */
export class AttributeBlock {
  /** What was written last, and which filling of it; null: nothing that still stands. */
  #of: Attributes | null = null;
  #filling = 0;
  /** Where it begins. */
  #origin = 0;
  #count = 0;
  /** The key that stands at each place: of a log line another may come there. */
  readonly #keys: AttributeKey[] = [];
  /** Where each place begins, from the origin on, and at the end where the last one ends. */
  readonly #starts: number[] = [0];
  readonly #forms: AttributeForm[] = [];

  /** Where what was written last ends. */
  get end(): number {
    return this.#origin + (this.#starts[this.#count] as number);
  }

  /** Whether attributes can be made of what was written last. */
  precedes(attributes: Attributes): boolean {
    return this.#of === attributes && this.#filling === attributes.filling - 1 &&
      (this.#starts[this.#count] as number) <= LONGEST_COPY;
  }

  /** Writes them from nothing. */
  write(writer: ProtoWriter, field: number, attributes: Attributes): void {
    const { keys, count } = attributes;
    const begin = writer.length;
    for (let i = 0; i < count; i++) {
      const key = this.#keys[i] = keys[i] as AttributeKey;
      this.#forms[i] = writeAttribute(writer, field, key, attributes.valueAt(i));
      this.#starts[i + 1] = writer.length - begin;
    }
    this.#wrote(begin, attributes);
  }

  /** Copies what was written last. */
  copy(writer: ProtoWriter): void {
    writer.copy(this.#origin, this.end);
  }

  /** What was written last, and now stands at the writer's end once more, becomes what it {@linkcode precedes}. */
  alter(writer: ProtoWriter, field: number, attributes: Attributes): void {
    const { keys, count, changed, changes } = attributes;
    const written = this.#keys;
    const starts = this.#starts;
    const forms = this.#forms;
    const origin = this.#origin;
    const length = starts[this.#count] as number;
    const begin = writer.length - length;
    for (let i = this.#count; i < count; i++) {
      starts[i + 1] = starts[i] as number;
      forms[i] = UNALTERABLE;
    }
    if (count < this.#count) writer.truncate(begin + (starts[count] as number));
    const end = origin + (starts[count] as number);
    // How far what is copied stands from where it stood, both from their origins on.
    let shift = 0;
    for (let n = 0; n < changes; n++) {
      const i = changed[n] as number;
      const key = keys[i] as AttributeKey;
      const next = starts[i + 1] as number;
      const form = forms[i] as AttributeForm;
      if (written[i] === key && overwriteAttribute(writer, begin + next, form, attributes, i)) continue;
      written[i] = key;
      writer.truncate(begin + (starts[i] as number));
      forms[i] = writeAttribute(writer, field, key, attributes.valueAt(i));
      const more = writer.length - begin - next;
      writer.copy(origin + next - shift, end);
      for (let later = i + 1; later <= count; later++) starts[later] = (starts[later] as number) + more;
      shift += more;
    }
    this.#wrote(begin, attributes);
  }

  /** The buffer was emptied, or what is in it was moved: nothing stands where it did. */
  forget(): void {
    this.#of = null;
  }

  #wrote(begin: number, attributes: Attributes): void {
    this.#of = attributes;
    this.#filling = attributes.filling;
    this.#origin = begin;
    this.#count = attributes.count;
  }
}
