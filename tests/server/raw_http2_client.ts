/** A client over HTTP/2 that sends what it is told, frame by frame. It shares the frames' layout with the gateway's own. */
import {
  encodeFrame,
  type ErrorCode,
  Flag,
  FrameType,
  MAX_FRAME,
  numberFrame,
  PREFACE,
  readUint32,
  type Setting,
  settingsFrame,
} from "../../lib/providers/http2/frames.ts";
import { FrameReader } from "../../lib/providers/http2/frame_reader.ts";
import { HpackDecoder } from "../../lib/providers/http2/hpack_decoder.ts";
import { encodeHeaders } from "../../lib/providers/http2/hpack_encoder.ts";

/** What came for one stream. */
export interface Http2Answer {
  status: string;
  body: string;
  /** Null: it was not reset. */
  reset: ErrorCode | null;
}

export class RawHttp2Client implements Disposable {
  readonly answers = new Map<number, Http2Answer>();
  readonly settings = new Map<Setting, number>();
  /** The server said GOAWAY, or the connection is gone. */
  ended = false;
  /** Whether it answers pings; set to true, it answers those that came as well. */
  #answersPings = true;
  readonly #pings: Uint8Array[] = [];
  #next = 1;
  #sending: Promise<void> = Promise.resolve();

  private constructor(readonly connection: Deno.TcpConn) {
    this.#readAll();
  }

  static async connect(port: number): Promise<RawHttp2Client> {
    const client = new RawHttp2Client(await Deno.connect({ hostname: "127.0.0.1", port }));
    await client.send(PREFACE);
    await client.send(settingsFrame([]));
    return client;
  }

  set answersPings(answers: boolean) {
    this.#answersPings = answers;
    if (answers) { for (const ping of this.#pings.splice(0)) this.#pong(ping); }
  }

  /** Rejects once the connection is gone. */
  send(bytes: Uint8Array): Promise<void> {
    const sent = this.#sending.then(async () => {
      for (let at = 0; at < bytes.length;) at += await this.connection.write(bytes.subarray(at));
    });
    this.#sending = sent.catch(() => {});
    return sent;
  }

  /** Asks for a path without a body. @returns the stream's number. */
  async get(path: string, authority = "a", more: readonly string[] = []): Promise<number> {
    const id = this.#next;
    this.#next += 2;
    this.answers.set(id, { status: "", body: "", reset: null });
    const headers = [":method", "GET", ":scheme", "http", ":authority", authority, ":path", path, ...more];
    const flags = Flag.EndHeaders | Flag.EndStream;
    await this.send(encodeFrame(FrameType.Headers, flags, id, encodeHeaders(headers)));
    return id;
  }

  async reset(stream: number, code: ErrorCode): Promise<void> {
    await this.send(numberFrame(FrameType.RstStream, stream, code));
  }

  answer(stream: number): Http2Answer {
    const answer = this.answers.get(stream);
    if (answer === undefined) throw new Error(`Cannot find the stream ${stream}`);
    return answer;
  }

  [Symbol.dispose](): void {
    try {
      this.connection.close();
    } catch {
      // Closed by the server.
    }
  }

  async #readAll(): Promise<void> {
    const decoder = new TextDecoder();
    const hpack = new HpackDecoder();
    const reader = new FrameReader((type, flags, stream, payload) => {
      const answer = this.answers.get(stream);
      if (type === FrameType.Headers) {
        const headers = hpack.decode(payload);
        if (answer !== undefined && Array.isArray(headers)) answer.status = String(headers[1]);
      } else if (type === FrameType.Data && answer !== undefined) answer.body += decoder.decode(payload);
      else if (type === FrameType.RstStream && answer !== undefined) answer.reset = readUint32(payload, 0);
      else if (type === FrameType.GoAway) this.ended = true;
      else if (type === FrameType.Ping && (flags & Flag.Ack) === 0) {
        if (this.#answersPings) this.#pong(payload.slice());
        else this.#pings.push(payload.slice());
      } else if (type === FrameType.Settings && (flags & Flag.Ack) === 0) this.#apply(payload);
    }, MAX_FRAME);
    const buffer = new Uint8Array(65536);
    try {
      for (;;) {
        const length = await this.connection.read(buffer);
        if (length === null) break;
        reader.push(buffer.slice(0, length));
      }
    } catch {
      // Reset, or closed by the test.
    }
    this.ended = true;
  }

  #pong(payload: Uint8Array): void {
    this.send(encodeFrame(FrameType.Ping, Flag.Ack, 0, payload)).catch(() => {});
  }

  #apply(payload: Uint8Array): void {
    for (let at = 0; at + 6 <= payload.length; at += 6) {
      this.settings.set(((payload[at] ?? 0) << 8) | (payload[at + 1] ?? 0), readUint32(payload, at + 2));
    }
  }
}
