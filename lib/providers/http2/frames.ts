/** Frames of HTTP/2. @see https://www.rfc-editor.org/rfc/rfc9113#section-6 */

export enum FrameType {
  Data = 0,
  Headers = 1,
  Priority = 2,
  RstStream = 3,
  Settings = 4,
  PushPromise = 5,
  Ping = 6,
  GoAway = 7,
  WindowUpdate = 8,
  Continuation = 9,
}

export const Flag = { EndStream: 0x1, Ack: 0x1, EndHeaders: 0x4, Padded: 0x8, Priority: 0x20 } as const;

export enum Setting {
  HeaderTableSize = 1,
  EnablePush = 2,
  MaxConcurrentStreams = 3,
  InitialWindowSize = 4,
  MaxFrameSize = 5,
  MaxHeaderListSize = 6,
}

export enum ErrorCode {
  NoError = 0,
  ProtocolError = 1,
  InternalError = 2,
  FlowControlError = 3,
  FrameSizeError = 6,
  RefusedStream = 7,
  Cancel = 8,
  CompressionError = 9,
  EnhanceYourCalm = 11,
}

/** The peer broke the protocol: the connection is of no use any more. */
export class Http2Error extends Error {
  override readonly name = "Http2Error";

  constructor(readonly code: ErrorCode, message: string) {
    super(message);
  }
}

export const PREFACE: Uint8Array = new TextEncoder().encode("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
export const FRAME_HEAD = 9;
/** The largest payload that a peer may send who was told nothing else, and the smallest limit there is. */
export const MAX_FRAME = 16_384;

/** A frame, whole. @param stream 0: the connection. */
export function encodeFrame(type: FrameType, flags: number, stream: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(FRAME_HEAD + payload.length);
  writeFrameHead(bytes, type, flags, stream, payload.length);
  bytes.set(payload, FRAME_HEAD);
  return bytes;
}

/** The nine bytes before a payload. */
function writeFrameHead(
  bytes: Uint8Array,
  type: FrameType,
  flags: number,
  stream: number,
  length: number,
): void {
  bytes[0] = length >>> 16;
  bytes[1] = length >>> 8;
  bytes[2] = length;
  bytes[3] = type;
  bytes[4] = flags;
  writeUint32(bytes, 5, stream);
}

export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** @param at within the bytes, with three more behind it. */
export function readUint32(bytes: Uint8Array, at: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = bytes.subarray(at, at + 4);
  return (a * 0x1000000) + ((b << 16) | (c << 8) | d);
}

/** A frame that is one number. */
export function numberFrame(type: FrameType, stream: number, value: number): Uint8Array {
  const payload = new Uint8Array(4);
  writeUint32(payload, 0, value);
  return encodeFrame(type, 0, stream, payload);
}

export function settingsFrame(settings: readonly (readonly [Setting, number])[]): Uint8Array {
  const payload = new Uint8Array(6 * settings.length);
  settings.forEach(([id, value], i) => {
    payload[6 * i + 1] = id;
    writeUint32(payload, 6 * i + 2, value);
  });
  return encodeFrame(FrameType.Settings, 0, 0, payload);
}

export function goAwayFrame(lastStream: number, code: ErrorCode): Uint8Array {
  const payload = new Uint8Array(8);
  writeUint32(payload, 0, lastStream);
  writeUint32(payload, 4, code);
  return encodeFrame(FrameType.GoAway, 0, 0, payload);
}
