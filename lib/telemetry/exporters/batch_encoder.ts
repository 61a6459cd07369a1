/**
 * Makes batches of items. An item is encoded when it is added, so that bytes wait for their batch and not
 * objects, which the garbage collector would have to carry along.
 */
export interface BatchEncoder<Item> {
  /** Appends an item to the open batch; keeps nothing of it. */
  add(item: Item): void;
  /** The open batch as one message; begins another. */
  take(): Uint8Array<ArrayBuffer>;
  /** A batch that was taken is out, or lost: its memory may be used again. */
  release(batch: Uint8Array<ArrayBuffer>): void;
}
