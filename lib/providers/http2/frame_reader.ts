import { joinBytes } from "../../wire/join_bytes.ts";
import { ErrorCode, FRAME_HEAD, type FrameType, Http2Error, readUint32 } from "./frames.ts";

/** Hears of frames; the payload is the reader's own and holds until the call returns. */
export type OnFrame = (type: FrameType, flags: number, stream: number, payload: Uint8Array) => void;

/** Cuts what comes in into frames, however it comes in. */
export class FrameReader {
  readonly #onFrame: OnFrame;
  readonly #maxFrame: number;
  /** The beginning of a frame whose rest is yet to come. */
  #rest: Uint8Array | null = null;

  constructor(onFrame: OnFrame, maxFrame: number) {
    this.#onFrame = onFrame;
    this.#maxFrame = maxFrame;
  }

  /** @throws {Http2Error} where a frame is too long, and whatever the listener throws. */
  push(chunk: Uint8Array): void {
    const bytes = this.#rest === null ? chunk : joinBytes([this.#rest, chunk]);
    this.#rest = null;
    let at = 0;
    while (bytes.length - at >= FRAME_HEAD) {
      const length = readUint32(bytes, at) >>> 8;
      if (length > this.#maxFrame) throw new Http2Error(ErrorCode.FrameSizeError, "a frame is too long");
      const end = at + FRAME_HEAD + length;
      if (end > bytes.length) break;
      const payload = bytes.subarray(at + FRAME_HEAD, end);
      this.#onFrame(
        bytes[at + 3] as FrameType,
        bytes[at + 4] ?? 0,
        readUint32(bytes, at + 5) & 0x7fffffff,
        payload,
      );
      at = end;
    }
    if (at < bytes.length) this.#rest = bytes.slice(at);
  }
}
