import type { AttributeKey } from "../names/attribute_key.ts";
import type { Attributes, AttributeValue } from "../projections/attributes.ts";
import { type AttributeForm, overwriteAttribute, UNALTERABLE, writeAttribute } from "./otlp_attributes.ts";
import type { ProtoWriter } from "./proto_writer.ts";

/** Where the last filling of some attributes stands in the writer's buffer. */
interface Block {
  round: number;
  filling: number;
  /** Where it begins. */
  origin: number;
  count: number;
  /** The key that stands at each place: of a log line another may come there. */
  readonly keys: AttributeKey[];
  /** Where each place begins, from the origin on, and at the end where the last one ends. */
  readonly starts: number[];
  readonly forms: AttributeForm[];
}

/** More than there are kinds of spans and lines. */
const MAX_BLOCKS = 64;

/** What is longer holds what was said, which comes once: it is written anew. */
const LONGEST_COPY = 4096;

/**
 * Writes attributes, starting from what it wrote of the same ones before: route, model, provider and the like are three
 * quarters of a span, and most of the others take as many bytes as before. So all are copied in one go, and what has
 * changed is written over; what does not fit is written anew, and what stands behind it is copied to its end.
 */
export class AttributeBlocks {
  readonly #blocks = new Map<Attributes, Block>();
  #round = 0;

  /** The buffer was emptied, or what is in it was moved: nothing stands where it did. */
  reset(): void {
    this.#round++;
  }

  write(writer: ProtoWriter, field: number, attributes: Attributes): void {
    const block = this.#blocks.get(attributes) ?? this.#begun(attributes);
    const known = block.round === this.#round && block.filling === attributes.filling - 1 &&
      (block.starts[block.count] as number) <= LONGEST_COPY;
    const begin = writer.length;
    if (known) alter(block, writer, field, attributes);
    else writeAll(block, writer, field, attributes);
    block.round = this.#round;
    block.filling = attributes.filling;
    block.origin = begin;
    block.count = attributes.count;
  }

  #begun(attributes: Attributes): Block {
    // Another configuration makes others.
    if (this.#blocks.size >= MAX_BLOCKS) this.#blocks.clear();
    const block = { round: -1, filling: -1, origin: 0, count: 0, keys: [], starts: [0], forms: [] };
    this.#blocks.set(attributes, block);
    return block;
  }
}

function writeAll(
  { keys: written, starts, forms }: Block,
  writer: ProtoWriter,
  field: number,
  attributes: Attributes,
): void {
  const { keys, values, count } = attributes;
  const begin = writer.length;
  for (let i = 0; i < count; i++) {
    const key = written[i] = keys[i] as AttributeKey;
    forms[i] = writeAttribute(writer, field, key, values[i] as AttributeValue | null);
    starts[i + 1] = writer.length - begin;
  }
}

function alter(block: Block, writer: ProtoWriter, field: number, attributes: Attributes): void {
  const { keys, values, count, changed, changes } = attributes;
  const { origin, keys: written, starts, forms } = block;
  const begin = writer.length;
  for (let i = block.count; i < count; i++) {
    starts[i + 1] = starts[i] as number;
    forms[i] = UNALTERABLE;
  }
  const end = origin + (starts[count] as number);
  // How far what is copied stands from where it stood, both from their origins on.
  let shift = 0;
  writer.copy(origin, end);
  for (let n = 0; n < changes; n++) {
    const i = changed[n] as number;
    const key = keys[i] as AttributeKey;
    const next = starts[i + 1] as number;
    const value = values[i] as AttributeValue | null;
    const form = forms[i] as AttributeForm;
    if (written[i] === key && overwriteAttribute(writer, begin + next, form, key, value)) continue;
    written[i] = key;
    writer.truncate(begin + (starts[i] as number));
    forms[i] = writeAttribute(writer, field, key, value);
    const more = writer.length - begin - next;
    writer.copy(origin + next - shift, end);
    for (let later = i + 1; later <= count; later++) starts[later] = (starts[later] as number) + more;
    shift += more;
  }
}
