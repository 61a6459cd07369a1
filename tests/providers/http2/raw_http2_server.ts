/** A server over HTTP/2 whose streams a test drives frame by frame. It shares the frames' layout with the client. */
import {
  encodeFrame,
  Flag,
  FrameType,
  goAwayFrame,
  MAX_FRAME,
  numberFrame,
  PREFACE,
  readUint32,
  Setting,
  settingsFrame,
} from "../../../lib/providers/http2/frames.ts";
import { FrameReader } from "../../../lib/providers/http2/frame_reader.ts";
import { HpackDecoder, TOO_LONG } from "../../../lib/providers/http2/hpack_decoder.ts";
import { encodeHeaders } from "../../../lib/providers/http2/hpack_encoder.ts";
import { DEFAULT_WINDOW } from "../../../lib/providers/http2/windows.ts";
import { joinBytes } from "../../../lib/wire/join_bytes.ts";

const encoder = new TextEncoder();
const NOTHING = new Uint8Array();

/** One request. */
export class RawStream {
  /** Resolves with the code when the client resets it, with -1 when its connection ends. */
  readonly closed: Promise<number>;
  readonly headers = new Map<string, string>();
  body = "";
  /** Bytes that the client takes, besides what its settings say. */
  window = 0;
  #close: (code: number) => void = () => {};

  constructor(readonly connection: RawHttp2Connection, readonly id: number) {
    this.closed = new Promise((resolve) => this.#close = resolve);
  }

  get path(): string {
    return this.headers.get(":path") ?? "";
  }

  sawClose(code: number): void {
    this.#close(code);
  }

  head(status: number, headers: readonly string[] = [], flags: number = Flag.EndHeaders): Promise<void> {
    const block = encodeHeaders([":status", String(status), ...headers]);
    return this.connection.send(FrameType.Headers, flags, this.id, block);
  }

  /** Sends data as far and as soon as the client's windows allow. */
  async data(text: string | Uint8Array, flags = 0): Promise<void> {
    const bytes = typeof text === "string" ? encoder.encode(text) : text;
    let at = 0;
    do {
      const size = Math.min(MAX_FRAME, bytes.length - at);
      await this.connection.room(this, size);
      const last = at + size === bytes.length;
      await this.connection.send(FrameType.Data, last ? flags : 0, this.id, bytes.subarray(at, at + size));
      at += size;
    } while (at < bytes.length);
  }

  end(): Promise<void> {
    return this.data(NOTHING, Flag.EndStream);
  }

  async answer(text: string, status = 200, headers: readonly string[] = []): Promise<void> {
    await this.head(status, [...headers, "content-length", String(encoder.encode(text).length)]);
    await this.data(text, Flag.EndStream);
  }

  reset(code: number): Promise<void> {
    return this.connection.write(numberFrame(FrameType.RstStream, this.id, code));
  }
}

/** What a test's script gets for each request, when it is there to its end. */
export type Http2Script = (stream: RawStream) => Promise<void> | void;

export interface RawHttp2Options {
  readonly settings?: readonly (readonly [Setting, number])[];
  /** Hears of every frame, besides what the server does with it. */
  readonly onFrame?: (type: FrameType, flags: number, stream: number, payload: Uint8Array) => void;
  /** Windows are given back; default true. */
  readonly acknowledges?: boolean;
  /** Pings are answered; default true. */
  readonly answersPings?: boolean;
}

export class RawHttp2Connection {
  readonly closed: Promise<void>;
  readonly streams = new Map<number, RawStream>();
  readonly #decoder = new HpackDecoder();
  #window = DEFAULT_WINDOW;
  #initialWindow = DEFAULT_WINDOW;
  #waiting = new Set<() => void>();
  #over = false;
  #scripts: Promise<void>[] = [];
  #writing: Promise<void> = Promise.resolve();

  constructor(
    readonly number: number,
    private readonly conn: Deno.Conn,
    private readonly script: Http2Script,
    private readonly options: RawHttp2Options,
  ) {
    this.closed = this.#run();
  }

  /** Waits until the client takes so much, and counts it. Rejects where it goes away. */
  async room(stream: RawStream, size: number): Promise<void> {
    while (this.#window < size || this.#initialWindow + stream.window < size) {
      if (this.#over) throw new Error("Cannot send: the client is gone");
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
    this.#window -= size;
    stream.window -= size;
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  write(bytes: Uint8Array): Promise<void> {
    const write = async () => {
      for (let at = 0; at < bytes.length;) at += await this.conn.write(bytes.subarray(at));
    };
    return this.#writing = this.#writing.then(write).catch(() => {});
  }

  send(type: FrameType, flags: number, stream: number, payload: Uint8Array): Promise<void> {
    return this.write(encodeFrame(type, flags, stream, payload));
  }

  goAway(lastStream: number): Promise<void> {
    return this.write(goAwayFrame(lastStream, 0));
  }

  close(): void {
    try {
      this.conn.close();
    } catch { /* closed already */ }
  }

  async #run(): Promise<void> {
    void this.write(settingsFrame(this.options.settings ?? []));
    const reader = new FrameReader((...frame) => this.#frame(...frame), 16_384);
    const chunk = new Uint8Array(65_536);
    let greeting: Uint8Array = NOTHING;
    let greeted = false;
    try {
      for (let length; (length = await this.conn.read(chunk)) !== null;) {
        if (greeted) {
          reader.push(chunk.subarray(0, length));
          continue;
        }
        greeting = joinBytes([greeting, chunk.slice(0, length)]);
        if (greeting.length < PREFACE.length) continue;
        greeted = true;
        reader.push(greeting.subarray(PREFACE.length));
      }
    } catch { /* reset */ }
    for (const stream of this.streams.values()) stream.sawClose(-1);
    this.#over = true;
    this.#wake();
    this.close();
    await Promise.all(this.#scripts);
  }

  #frame(type: FrameType, flags: number, id: number, payload: Uint8Array): void {
    this.options.onFrame?.(type, flags, id, payload);
    if (type === FrameType.Headers) {
      const stream = new RawStream(this, id);
      const list = this.#decoder.decode(payload);
      if (list === TOO_LONG) throw new Error("Cannot read the headers: they are too long");
      for (let i = 0; i + 1 < list.length; i += 2) stream.headers.set(String(list[i]), String(list[i + 1]));
      this.streams.set(id, stream);
      if ((flags & Flag.EndStream) !== 0) this.#begin(stream);
    } else if (type === FrameType.Data) {
      const stream = this.streams.get(id);
      if (stream === undefined) return;
      stream.body += new TextDecoder("latin1").decode(payload);
      if (payload.length > 0 && this.options.acknowledges !== false) {
        void this.write(numberFrame(FrameType.WindowUpdate, 0, payload.length));
        void this.write(numberFrame(FrameType.WindowUpdate, id, payload.length));
      }
      if ((flags & Flag.EndStream) !== 0) this.#begin(stream);
    } else if (type === FrameType.WindowUpdate) {
      const by = readUint32(payload, 0);
      const stream = this.streams.get(id);
      if (id === 0) this.#window += by;
      else if (stream !== undefined) stream.window += by;
      this.#wake();
    } else if (type === FrameType.Settings) {
      for (let at = 0; at < payload.length; at += 6) {
        if (payload[at + 1] === Setting.InitialWindowSize) this.#initialWindow = readUint32(payload, at + 2);
      }
      if ((flags & Flag.Ack) === 0) void this.send(FrameType.Settings, Flag.Ack, 0, NOTHING);
      this.#wake();
    } else if (type === FrameType.RstStream) {
      this.streams.get(id)?.sawClose(payload[3] ?? -1);
    } else if (type === FrameType.Ping && (flags & Flag.Ack) === 0 && this.options.answersPings !== false) {
      void this.send(FrameType.Ping, Flag.Ack, 0, payload);
    }
  }

  #begin(stream: RawStream): void {
    this.#scripts.push(Promise.resolve(this.script(stream)).catch(() => {}));
  }
}

export class RawHttp2Server {
  readonly url: URL;
  readonly connections: RawHttp2Connection[] = [];
  readonly #listener: Deno.TcpListener;
  readonly #done: Promise<void>;

  constructor(script: Http2Script, options: RawHttp2Options = {}) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.url = new URL(`http://127.0.0.1:${this.#listener.addr.port}`);
    this.#done = this.#accept(script, options);
  }

  async close(): Promise<void> {
    this.#listener.close();
    for (const connection of this.connections) connection.close();
    await this.#done;
  }

  async #accept(script: Http2Script, options: RawHttp2Options): Promise<void> {
    for await (const conn of this.#listener) {
      conn.setNoDelay(true);
      this.connections.push(new RawHttp2Connection(this.connections.length, conn, script, options));
    }
    await Promise.all(this.connections.map((connection) => connection.closed));
  }
}
