import type { OtlpEnvelope } from "./otlp_envelope.ts";
import { ProtoWriter } from "./proto_writer.ts";

/** Memory of this much at most is kept for the next batch, bytes. */
const MAX_KEPT = 2 * 1024 * 1024;

/**
 * The records of an open batch. Room is left before them for what goes around them, so that the batch is handed over as
 * it stands; once it is out its memory serves the next but one. New memory for each batch, copied into twice, took a
 * quarter of the time that encoding takes.
 */
export class BatchBuffer {
  readonly writer = new ProtoWriter();
  #spare: Uint8Array<ArrayBuffer> | null = null;

  constructor(private readonly envelope: OtlpEnvelope) {
    this.writer.skip(envelope.room);
  }

  /** The batch as one message; begins another. */
  take(): Uint8Array<ArrayBuffer> {
    const { room } = this.envelope;
    const bytes = this.writer.handOver(this.#spare);
    this.#spare = null;
    this.writer.skip(room);
    const head = this.envelope.head(bytes.length - room);
    bytes.set(head, room - head.length);
    return bytes.subarray(room - head.length);
  }

  /** A batch is out, or lost: nobody reads it any more. */
  release(batch: Uint8Array<ArrayBuffer>): void {
    if (batch.buffer.byteLength <= MAX_KEPT) this.#spare = new Uint8Array(batch.buffer);
  }
}
