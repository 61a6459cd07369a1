import type { Buffer } from "node:buffer";
import { joinBytes } from "../../wire/join_bytes.ts";
import { coded } from "../coded_error.ts";
import { UNPROCESSED } from "../connection_failure.ts";
import { encodeFrame, ErrorCode, Flag, FrameType, Http2Error, numberFrame, readUint32 } from "./frames.ts";
import { HpackDecoder, TOO_LONG } from "./hpack_decoder.ts";
import type { Lane } from "./lane.ts";
import type { Session } from "./session.ts";

/** The most that the headers of one answer may take as they are sent, bytes. */
const MAX_BLOCK = 128 * 1024;
const SETTINGS_ACK = encodeFrame(FrameType.Settings, Flag.Ack, 0, new Uint8Array());

/** What the provider's frames mean for a session and its streams. */
export class StreamFrames {
  readonly #streams: ReadonlyMap<number, Lane>;
  readonly #session: Session;
  readonly #decoder = new HpackDecoder();
  #settled = false;
  /** Headers that go on in the next frame. */
  #block:
    | { readonly stream: number; readonly last: boolean; readonly parts: Uint8Array[]; size: number }
    | null = null;

  constructor(streams: ReadonlyMap<number, Lane>, session: Session) {
    this.#streams = streams;
    this.#session = session;
  }

  /** @throws {Http2Error} where the provider broke the protocol. */
  readonly onFrame = (type: FrameType, flags: number, stream: number, payload: Uint8Array): void => {
    if (!this.#settled && (type !== FrameType.Settings || (flags & Flag.Ack) !== 0)) {
      throw new Http2Error(ErrorCode.ProtocolError, "the first frame holds no settings");
    }
    if (this.#block !== null && (type !== FrameType.Continuation || stream !== this.#block.stream)) {
      throw new Http2Error(ErrorCode.ProtocolError, "something comes between headers");
    }
    switch (type) {
      case FrameType.Data:
        return this.#data(flags, stream, payload);
      case FrameType.Headers:
        return this.#headers(flags, stream, payload);
      case FrameType.Continuation:
        return this.#continuation(flags, payload);
      case FrameType.RstStream:
        return this.#reset(stream, readNumber(payload));
      case FrameType.Settings:
        return this.#settings(flags, payload);
      case FrameType.Ping:
        if ((flags & Flag.Ack) !== 0) return this.#session.ponged();
        return this.#session.write(encodeFrame(FrameType.Ping, Flag.Ack, 0, payload));
      case FrameType.GoAway:
        return this.#session.goneAway(readNumber(payload.subarray(0, 4)) & 0x7fffffff);
      case FrameType.WindowUpdate:
        return this.#windowUpdate(stream, readNumber(payload) & 0x7fffffff);
      case FrameType.PushPromise:
        throw new Http2Error(ErrorCode.ProtocolError, "we take no pushes");
    }
  };

  #data(flags: number, stream: number, payload: Uint8Array): void {
    if (stream === 0) throw new Http2Error(ErrorCode.ProtocolError, "data of no stream");
    const data = unpadded(flags, payload);
    this.#session.received(payload.length);
    const lane = this.#streams.get(stream);
    // We reset it, and the provider did not know that yet.
    if (lane === undefined) return;
    if (!lane.answered) return this.#refuse(lane, ErrorCode.ProtocolError, "H2_PROTOCOL");
    if (!lane.onData(data, payload.length)) {
      return this.#refuse(lane, ErrorCode.FlowControlError, "H2_PROTOCOL");
    }
    if ((flags & Flag.EndStream) !== 0) lane.onEnd();
  }

  #headers(flags: number, stream: number, payload: Uint8Array): void {
    if (stream === 0) throw new Http2Error(ErrorCode.ProtocolError, "headers of no stream");
    const rest = unpadded(flags, payload);
    const fragment = (flags & Flag.Priority) === 0 ? rest : rest.subarray(5);
    const last = (flags & Flag.EndStream) !== 0;
    if ((flags & Flag.EndHeaders) !== 0) return this.#list(stream, last, fragment);
    this.#block = { stream, last, parts: [fragment.slice()], size: fragment.length };
  }

  #continuation(flags: number, payload: Uint8Array): void {
    const block = this.#block;
    if (block === null) throw new Http2Error(ErrorCode.ProtocolError, "headers go on that did not begin");
    block.size += payload.length;
    block.parts.push(payload.slice());
    if (block.size > MAX_BLOCK || block.parts.length > MAX_BLOCK / 1024) {
      throw new Http2Error(ErrorCode.EnhanceYourCalm, "headers are too long");
    }
    if ((flags & Flag.EndHeaders) === 0) return;
    this.#block = null;
    this.#list(block.stream, block.last, joinBytes(block.parts));
  }

  /** Headers as a whole; those of a stream that is gone count for the table of headers still. */
  #list(stream: number, last: boolean, block: Uint8Array): void {
    const list = this.#decoder.decode(block);
    const lane = this.#streams.get(stream);
    if (lane === undefined) return;
    if (list === TOO_LONG) return this.#refuse(lane, ErrorCode.Cancel, "H2_HEADERS");
    // Trailers say nothing that anybody asks for.
    if (lane.answered) {
      return last ? lane.onEnd() : this.#refuse(lane, ErrorCode.ProtocolError, "H2_PROTOCOL");
    }
    const { status, headers, length } = answerOf(list);
    if (status < 100 || status > 999 || (status < 200 && last)) {
      return this.#refuse(lane, ErrorCode.ProtocolError, "H2_PROTOCOL");
    }
    lane.onHeaders(status, headers, length);
    if (last) lane.onEnd();
  }

  #reset(stream: number, code: number): void {
    const lane = this.#streams.get(stream);
    if (lane === undefined) return;
    const unprocessed = code === ErrorCode.RefusedStream;
    // Refused, it may be sent again without a doubt; any other reset is no sign of a connection that was closing.
    lane.reused = unprocessed;
    this.#session.reset(lane, coded(unprocessed ? UNPROCESSED : "H2_RESET", "The provider reset the stream"));
  }

  #settings(flags: number, payload: Uint8Array): void {
    if ((flags & Flag.Ack) !== 0) return;
    this.#settled = true;
    this.#session.peer.apply(payload);
    this.#session.write(SETTINGS_ACK);
    this.#session.settled();
  }

  #windowUpdate(stream: number, by: number): void {
    const lane = stream === 0 ? null : this.#streams.get(stream);
    if (lane === undefined) return;
    if (by > 0) return this.#session.widened(lane, by);
    if (lane === null) throw new Http2Error(ErrorCode.ProtocolError, "a window grows by nothing");
    this.#refuse(lane, ErrorCode.ProtocolError, "H2_PROTOCOL");
  }

  /** Ends one stream for what the provider did wrong on it. */
  #refuse(lane: Lane, code: ErrorCode, reason: string): void {
    lane.reused = false;
    this.#session.write(numberFrame(FrameType.RstStream, lane.id, code));
    this.#session.reset(lane, coded(reason, "The provider broke the protocol on a stream"));
  }
}

function readNumber(payload: Uint8Array): number {
  if (payload.length !== 4) throw new Http2Error(ErrorCode.FrameSizeError, "a frame has the wrong length");
  return readUint32(payload, 0);
}

function unpadded(flags: number, payload: Uint8Array): Uint8Array {
  if ((flags & Flag.Padded) === 0) return payload;
  const end = payload.length - (payload[0] ?? 0);
  if (end < 1) throw new Http2Error(ErrorCode.ProtocolError, "more padding than frame");
  return payload.subarray(1, end);
}

/** The status and what else there is; a status that is none is 0. */
function answerOf(list: readonly Buffer[]): { status: number; headers: Buffer[]; length: number } {
  const headers: Buffer[] = [];
  let status = 0;
  let length = NaN;
  for (let i = 0; i + 1 < list.length; i += 2) {
    const [name, value] = [list[i], list[i + 1]];
    if (name === undefined || value === undefined) continue;
    if (name[0] !== COLON) {
      headers.push(name, value);
      if (name.length === CONTENT_LENGTH.length && name.toString("latin1") === CONTENT_LENGTH) {
        length = Number(value.toString("latin1"));
      }
    } else if (name.toString("latin1") === ":status") status = Number(value.toString("latin1")) || 0;
  }
  return { status, headers, length: status === 204 || status === 304 ? NaN : length };
}

const COLON = 0x3a;
const CONTENT_LENGTH = "content-length";
