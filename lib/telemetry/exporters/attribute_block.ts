import type { AttributeKey } from "../names/attribute_key.ts";
import type { Attributes, AttributeValue } from "../projections/attributes.ts";
import { type AttributeForm, overwriteNumber, overwriteText, writeAttribute } from "./otlp_attributes.ts";
import type { ProtoWriter } from "./proto_writer.ts";

/** Where the attributes of the last record of a shape stand in the writer's buffer. */
interface Block {
  readonly keys: AttributeKey[];
  /** Null for a number. */
  readonly values: (AttributeValue | null)[];
  /** Apart, since among other values each number would be an object of its own; `NaN` for what is none. */
  readonly numbers: number[];
  readonly forms: AttributeForm[];
  /** Where each attribute begins, and at the end where the last one ends. */
  readonly starts: number[];
  round: number;
}

/** More shapes than a gateway's spans and lines have. */
const MAX_BLOCKS = 64;

/** Of a longer rest nothing is copied: it holds what was said, which comes once. */
const LONGEST_REST = 4096;

/**
 * Writes attributes, starting from those of the last record of the same shape: route, model, provider and the like
 * are three quarters of a span, and most of the others take as many bytes as before. So all are copied in one go, and
 * what differs is written over; what does not fit is written anew, and the copy goes on after it.
 */
export class AttributeBlocks {
  readonly #blocks = new Map<number, Block>();
  #round = 0;

  /** The buffer was emptied, or what is in it was moved: nothing stands where it did. */
  reset(): void {
    this.#round++;
  }

  write(writer: ProtoWriter, field: number, attributes: Attributes): void {
    const { keys, values, count } = attributes;
    if (count === 0) return;
    const shape = (keys[0] as AttributeKey).id * 1024 + count;
    let block = this.#blocks.get(shape);
    if (block === undefined) {
      block = { keys: [], values: [], numbers: [], forms: [], starts: [], round: -1 };
      if (this.#blocks.size < MAX_BLOCKS) this.#blocks.set(shape, block);
    }
    const known = block.round === this.#round;
    block.round = this.#round;
    const { starts, forms } = block;
    const end = starts[count] ?? 0;
    let start = starts[0] ?? 0;
    // Whether the rest of the last record stands copied at the end of the buffer, and how far from its origin.
    let copied = false;
    let shift = 0;
    for (let i = 0; i < count; i++) {
      const next = starts[i + 1] ?? 0;
      const key = keys[i] as AttributeKey;
      const value = values[i] as AttributeValue;
      const same = known && block.keys[i] === key;
      if (same && !copied && end - start <= LONGEST_REST) {
        copied = true;
        shift = writer.length - start;
        writer.copy(start, end);
      }
      let fits = same && copied;
      if (typeof value === "number") {
        fits &&= block.numbers[i] === value ||
          overwriteNumber(writer, next + shift, forms[i] as AttributeForm, key, value);
        block.numbers[i] = value;
        block.values[i] = null;
      } else {
        const before = block.values[i] ?? null;
        fits &&= before === value ||
          overwriteText(writer, next + shift, forms[i] as AttributeForm, before, value);
        block.values[i] = value;
        block.numbers[i] = NaN;
      }
      if (fits) starts[i] = start + shift;
      else {
        if (copied) writer.truncate(start + shift);
        copied = false;
        starts[i] = writer.length;
        block.keys[i] = key;
        forms[i] = writeAttribute(writer, field, key, value);
      }
      start = next;
    }
    starts[count] = writer.length;
  }
}
