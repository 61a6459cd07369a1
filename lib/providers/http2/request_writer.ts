import type { HttpCall } from "../http_call.ts";
import type { Route } from "../route.ts";
import { encodeFrame, ErrorCode, Flag, FrameType, Http2Error } from "./frames.ts";
import { encodeHeaders } from "./hpack_encoder.ts";
import type { Lane } from "./lane.ts";
import type { PeerSettings } from "./peer_settings.ts";
import { DEFAULT_WINDOW, MAX_WINDOW } from "./windows.ts";

/** Headers of a connection, of which HTTP/2 has none. @see https://www.rfc-editor.org/rfc/rfc9113#section-8.2.2 */
const OF_CONNECTIONS = new Set([
  "connection",
  "host",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);
const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
// deno-lint-ignore no-control-regex -- these end a header, or are none of Latin-1
const NOT_IN_VALUE = /[\r\n\0]|[^\x00-\xff]/;
const NOT_IN_PATH = /[^\x21-\x7e]/;
const NOTHING = new Uint8Array();

export interface RequestWriterOptions {
  readonly route: Route;
  readonly peer: PeerSettings;
  readonly write: (bytes: Uint8Array) => void;
  /** Whether bodies should wait because the connection does not take more. */
  readonly isFull: () => boolean;
  /** The body of a request could not be read to its end. */
  readonly onBodyFailed: (lane: Lane, error: Error) => void;
}

/** Sends the requests of a session: their headers at once, their bodies as far as the provider takes them. */
export class RequestWriter {
  readonly #options: RequestWriterOptions;
  readonly #scheme: string;
  readonly #authority: string;
  /** Lanes whose bodies wait. */
  readonly #blocked = new Set<Lane>();
  /** Bytes that the connection takes. */
  #window = DEFAULT_WINDOW;
  #initialWindow = DEFAULT_WINDOW;

  constructor(options: RequestWriterOptions) {
    const { protocol, host } = new URL(options.route.origin);
    this.#options = options;
    this.#scheme = protocol.slice(0, -1);
    this.#authority = host;
  }

  /** Begins a request on a lane that has its number. @returns whether it could be: a header may not be valid. */
  begin(lane: Lane, call: HttpCall): boolean {
    const { body } = call;
    const headers = this.#headersOf(call);
    if (headers === null) return false;
    lane.sendWindow = this.#options.peer.initialWindow;
    const whole = body === null || (body instanceof Uint8Array && body.length === 0);
    this.#writeHeaders(lane.id, encodeHeaders(headers), whole);
    lane.sentAll = whole;
    call.onConnect();
    if (whole || lane.call === null) return true;
    if (body instanceof Uint8Array) {
      lane.unsent = body;
      lane.lastUnsent = true;
      this.#send(lane);
    } else void this.#stream(lane, body as unknown as AsyncIterable<Uint8Array>);
    return true;
  }

  /** The provider takes more. @param lane null: on the connection. @throws {Http2Error} where it is too much. */
  widen(lane: Lane | null, by: number): void {
    const window = (lane?.sendWindow ?? this.#window) + by;
    if (window > MAX_WINDOW) throw new Http2Error(ErrorCode.FlowControlError, "a window is too large");
    if (lane === null) this.#window = window;
    else lane.sendWindow = window;
    this.flush();
  }

  /** The provider's settings have changed: so have the windows of streams under way. */
  resized(lanes: Iterable<Lane>): void {
    const { initialWindow } = this.#options.peer;
    for (const lane of lanes) lane.sendWindow += initialWindow - this.#initialWindow;
    this.#initialWindow = initialWindow;
    this.flush();
  }

  /** Sends what waits, as far as it may go. */
  flush(): void {
    for (const lane of [...this.#blocked]) this.#send(lane);
  }

  /** A lane is gone. */
  forget(lane: Lane): void {
    this.#blocked.delete(lane);
    lane.unsent = null;
    lane.onSent?.();
  }

  #headersOf({ method, path, headers, body }: HttpCall): string[] | null {
    if (NOT_IN_PATH.test(path)) return null;
    const { length } = headers;
    let authority = this.#authority;
    let lengthGiven = false;
    const list = [":method", method, ":scheme", this.#scheme, ":authority", "", ":path", path];
    for (let i = 0; i + 1 < length; i += 2) {
      const [name = "", value = ""] = [headers[i], headers[i + 1]];
      if (!NAME.test(name) || NOT_IN_VALUE.test(value)) return null;
      if (name === "host") authority = value;
      if (OF_CONNECTIONS.has(name)) continue;
      if (name === "content-length") lengthGiven = true;
      list.push(name, value);
    }
    list[5] = authority;
    if (body instanceof Uint8Array && !lengthGiven) list.push("content-length", String(body.length));
    return list;
  }

  #writeHeaders(stream: number, block: Uint8Array, last: boolean): void {
    const { peer: { maxFrame }, write } = this.#options;
    let type = FrameType.Headers;
    for (let at = 0; at === 0 || at < block.length; at += maxFrame) {
      const fragment = block.subarray(at, at + maxFrame);
      const ends = at + maxFrame >= block.length ? Flag.EndHeaders : 0;
      const flags = ends | (last && type === FrameType.Headers ? Flag.EndStream : 0);
      write(encodeFrame(type, flags, stream, fragment));
      type = FrameType.Continuation;
    }
  }

  #send(lane: Lane): void {
    const { peer: { maxFrame }, write, isFull } = this.#options;
    this.#blocked.delete(lane);
    for (let { unsent } = lane; unsent !== null; unsent = lane.unsent) {
      const size = Math.min(unsent.length, lane.sendWindow, this.#window, maxFrame);
      if (size <= 0 || isFull()) {
        this.#blocked.add(lane);
        return;
      }
      const ends = size === unsent.length;
      lane.unsent = ends ? null : unsent.subarray(size);
      lane.sentAll = ends && lane.lastUnsent;
      lane.sendWindow -= size;
      this.#window -= size;
      const flags = lane.sentAll ? Flag.EndStream : 0;
      write(encodeFrame(FrameType.Data, flags, lane.id, unsent.subarray(0, size)));
    }
    lane.onSent?.();
  }

  /** Sends a body as it comes: the next piece is asked for when the one before is out. */
  async #stream(lane: Lane, body: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      for await (const piece of body) {
        if (piece.length > 0 && lane.call !== null) await this.#piece(lane, piece);
        if (lane.call === null) return;
      }
      lane.sentAll = true;
      this.#options.write(encodeFrame(FrameType.Data, Flag.EndStream, lane.id, NOTHING));
    } catch (error) {
      this.#options.onBodyFailed(lane, error instanceof Error ? error : new Error(String(error)));
    }
  }

  #piece(lane: Lane, piece: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      lane.onSent = resolve;
      lane.unsent = piece;
      this.#send(lane);
    });
  }
}
