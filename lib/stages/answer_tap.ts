import type { Usage } from "../wire/canonical.ts";

/**
 * Hears what a request is answered, as its client gets it: bytes of a stream with its end, or a whole answer, or why
 * there is none. Others may be waiting for the same answer; then it is made though its own client leaves.
 */
export interface AnswerTap {
  /** Others get it besides the client, so that it must not wait for a client that reads slowly. */
  readonly shared: boolean;
  /** Called when those who were too slow for a stream have caught up; set by who writes. */
  onDrain: (() => void) | null;
  /** Bytes of a stream. @returns false where others do not keep up. */
  write(bytes: Uint8Array): boolean;
  /** The stream's last bytes were written. */
  end(usage: Usage | null): void;
  /** An answer that came whole. */
  whole(body: Uint8Array): void;
  /** There is none, or no more of it. */
  fail(error: unknown): void;
  /**
   * The client left. @returns whether the answer is to be made all the same; `abandon` is called once it is not.
   */
  outlives(abandon: () => void): boolean;
}
