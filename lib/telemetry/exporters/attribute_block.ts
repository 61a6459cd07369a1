import type { AttributeKey } from "../names/attribute_key.ts";
import type { Attributes, AttributeValue } from "../projections/attributes.ts";
import { writeAttribute } from "./otlp_attributes.ts";
import type { ProtoWriter } from "./proto_writer.ts";

/** Where the attributes of the last record of a shape stand in the writer's buffer. */
interface Block {
  readonly keys: AttributeKey[];
  readonly values: AttributeValue[];
  /** Where each attribute begins, and at the end where the last one ends. */
  readonly starts: number[];
  round: number;
}

/** More shapes than a gateway's spans and lines have. */
const MAX_BLOCKS = 64;

/**
 * Writes attributes, copying what is as it was in the last record of the same shape: route, model, provider and
 * the like are three quarters of a span, and copying a run of them costs as much as encoding one.
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
      block = { keys: [], values: [], starts: [], round: -1 };
      if (this.#blocks.size < MAX_BLOCKS) this.#blocks.set(shape, block);
    }
    const known = block.round === this.#round;
    block.round = this.#round;
    // The run of attributes that are as they were, from this one on; -1: there is none now.
    let run = -1;
    let runStart = 0;
    let previousStart = block.starts[0] ?? 0;
    for (let i = 0; i < count; i++) {
      const nextStart = block.starts[i + 1] ?? 0;
      const key = keys[i] as AttributeKey;
      const value = values[i] as AttributeValue;
      if (known && block.keys[i] === key && block.values[i] === value) {
        if (run < 0) {
          run = i;
          runStart = previousStart;
        }
        block.starts[i] = writer.length + previousStart - runStart;
      } else {
        if (run >= 0) writer.copy(runStart, previousStart);
        run = -1;
        block.starts[i] = writer.length;
        block.keys[i] = key;
        block.values[i] = value;
        writeAttribute(writer, field, key, value);
      }
      previousStart = nextStart;
    }
    if (run >= 0) writer.copy(runStart, previousStart);
    block.starts[count] = writer.length;
  }
}
