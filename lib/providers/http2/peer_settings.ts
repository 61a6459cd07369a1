import { ErrorCode, Http2Error, MAX_FRAME, readUint32, Setting } from "./frames.ts";
import { DEFAULT_WINDOW, MAX_WINDOW } from "./windows.ts";

/** What the provider takes. @see https://www.rfc-editor.org/rfc/rfc9113#section-6.5.2 */
export class PeerSettings {
  /** Streams at a time. */
  maxStreams = Infinity;
  /** Of a stream that begins, bytes. */
  initialWindow = DEFAULT_WINDOW;
  /** Of a frame's payload, bytes. */
  maxFrame = MAX_FRAME;

  /** @param payload of a frame of settings. @throws {Http2Error} where a value is none. */
  apply(payload: Uint8Array): void {
    if (payload.length % 6 !== 0) throw new Http2Error(ErrorCode.FrameSizeError, "settings are cut off");
    for (let at = 0; at < payload.length; at += 6) {
      const id = ((payload[at] ?? 0) << 8) | (payload[at + 1] ?? 0);
      this.#set(id, readUint32(payload, at + 2));
    }
  }

  #set(id: number, value: number): void {
    switch (id) {
      case Setting.MaxConcurrentStreams:
        this.maxStreams = value;
        break;
      case Setting.InitialWindowSize:
        if (value > MAX_WINDOW) throw new Http2Error(ErrorCode.FlowControlError, "a window is too large");
        this.initialWindow = value;
        break;
      case Setting.MaxFrameSize:
        if (value < MAX_FRAME || value >= 1 << 24) {
          throw new Http2Error(ErrorCode.ProtocolError, "a frame cannot be so long");
        }
        this.maxFrame = value;
    }
  }
}
