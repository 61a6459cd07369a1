import type { Deadline, Deadlines } from "../../deadlines.ts";
import { coded } from "../coded_error.ts";
import { UNPROCESSED } from "../connection_failure.ts";
import type { Route } from "../route.ts";
import {
  encodeFrame,
  ErrorCode,
  FrameType,
  goAwayFrame,
  Http2Error,
  MAX_FRAME,
  numberFrame,
  PREFACE,
  Setting,
  settingsFrame,
} from "./frames.ts";
import { FrameReader } from "./frame_reader.ts";
import { FrameWriter } from "./frame_writer.ts";
import type { Lane } from "./lane.ts";
import { Liveness } from "./liveness.ts";
import { PeerSettings } from "./peer_settings.ts";
import { RequestWriter } from "./request_writer.ts";
import { StreamFrames } from "./stream_frames.ts";
import { CONNECTION_WINDOW, DEFAULT_WINDOW, RECEIVE_WINDOW } from "./windows.ts";

/** The most streams on one connection, whatever the provider allows: they share its fate. */
const MAX_STREAMS = 100;
/** How long a connection that nobody uses is kept, milliseconds. */
const IDLE = 60_000;
/** How long the last frames may take to go out. */
const LAST_WORDS = 1_000;
const READ_SIZE = 64 * 1024;
/** Where numbers of streams end; then a new connection is needed. */
const LAST_STREAM = 0x7fffffff - 2;

const PING = encodeFrame(FrameType.Ping, 0, 0, new Uint8Array(8));

export interface SessionOptions {
  readonly deadlines: Deadlines;
  /** Milliseconds; 0: none. */
  readonly connectTimeout: number;
}

/** Hears of what its owner has to know. */
export interface SessionOwner {
  /** No more streams can be begun on it. */
  left(session: Session): void;
  /** Lanes that found no room once the provider had said how many it takes. */
  moved(lanes: readonly Lane[]): void;
}

/**
 * One connection over HTTP/2 with its streams, the client's side. It connects at once; requests wait until the
 * provider's settings are there.
 * @see https://www.rfc-editor.org/rfc/rfc9113
 */
export class Session {
  /** The address that is connected to; empty until it is. */
  address = "";
  readonly peer: PeerSettings = new PeerSettings();
  readonly #options: SessionOptions;
  readonly #owner: SessionOwner;
  readonly #dialling = new AbortController();
  readonly #streams = new Map<number, Lane>();
  readonly #frames: StreamFrames;
  readonly #requests: RequestWriter;
  readonly #liveness: Liveness;
  /** Requests that wait for the provider's settings. */
  #pending = new Set<Lane>();
  #state: "connecting" | "open" | "draining" | "closed" = "connecting";
  /** It was to end before it stood; the requests that wait for it go by it still. */
  #drainsOnceOpen = false;
  #writer: FrameWriter | null = null;
  #nextId = 1;
  /** Received on the connection and not yet given back to its window. */
  #unacknowledged = 0;
  #connectDeadline: Deadline | null = null;
  #idleDeadline: Deadline | null = null;

  constructor(route: Route, options: SessionOptions, owner: SessionOwner) {
    this.#options = options;
    this.#owner = owner;
    this.#frames = new StreamFrames(this.#streams, this);
    this.#requests = new RequestWriter({
      route,
      peer: this.peer,
      write: (bytes) => this.write(bytes),
      isFull: () => this.#writer?.full ?? true,
      onBodyFailed: (lane, error) => this.#bodyFailed(lane, error),
    });
    const { connectTimeout, deadlines } = options;
    const dead = () => this.#fail(coded("ECONNRESET", "The connection is dead"));
    this.#liveness = new Liveness(deadlines, () => this.write(PING), dead);
    if (connectTimeout > 0) {
      const expired = () => this.#fail(coded("ETIMEDOUT", "Cannot connect in time"));
      this.#connectDeadline = deadlines.after(connectTimeout, expired);
    }
    const { hostname, port, protocol } = new URL(route.origin);
    route.dial(hostname, Number(port || (protocol === "https:" ? 443 : 80)), this.#dialling.signal).then(
      (conn) => this.#connected(conn),
      (error) => this.#fail(error),
    );
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** Whether another stream may be begun. */
  get hasRoom(): boolean {
    if (this.#state !== "open" && this.#state !== "connecting") return false;
    return this.#load < Math.min(MAX_STREAMS, this.peer.maxStreams) && this.#nextId < LAST_STREAM;
  }

  get #load(): number {
    return this.#streams.size + this.#pending.size;
  }

  /** Begins a stream for a lane, as soon as that is possible. */
  open(lane: Lane): void {
    this.#options.deadlines.cancel(this.#idleDeadline);
    this.#idleDeadline = null;
    if (this.#state === "connecting") this.#pending.add(lane);
    else if (this.#state === "open") this.#begin(lane);
    else queueMicrotask(() => lane.onError(coded(UNPROCESSED, "The connection takes no more streams")));
  }

  /** The caller has given a lane up. */
  abandon(lane: Lane): void {
    this.#pending.delete(lane);
    if (this.#streams.delete(lane.id)) {
      this.write(numberFrame(FrameType.RstStream, lane.id, ErrorCode.Cancel));
      // It may have been given up because nothing comes any more, and then nothing would for the next one.
      this.#liveness.prove();
    }
    this.#left(lane);
  }

  /** A lane's answer is there. */
  finished(lane: Lane): void {
    if (this.#streams.delete(lane.id) && !lane.sentAll) {
      this.write(numberFrame(FrameType.RstStream, lane.id, ErrorCode.NoError));
    }
    this.#left(lane);
  }

  /** The provider has ended a stream in the middle. */
  reset(lane: Lane, error: Error): void {
    this.#streams.delete(lane.id);
    lane.onError(error);
    this.#left(lane);
  }

  /** The caller has taken so much of a stream. */
  acknowledge(lane: Lane, bytes: number): void {
    this.write(numberFrame(FrameType.WindowUpdate, lane.id, bytes));
  }

  /** So much of the connection's window is used. It is given back at once: see {@linkcode CONNECTION_WINDOW}. */
  received(bytes: number): void {
    this.#unacknowledged += bytes;
    if (this.#unacknowledged < CONNECTION_WINDOW / 2) return;
    this.write(numberFrame(FrameType.WindowUpdate, 0, this.#unacknowledged));
    this.#unacknowledged = 0;
  }

  write(bytes: Uint8Array): void {
    this.#writer?.write(bytes);
  }

  /** The first settings are there: whoever waited may go. */
  settled(): void {
    this.#requests.resized(this.#streams.values());
    if (this.#state !== "connecting") return;
    this.#state = "open";
    this.#options.deadlines.cancel(this.#connectDeadline);
    const waiting = [...this.#pending];
    this.#pending.clear();
    const room = Math.min(MAX_STREAMS, this.peer.maxStreams);
    for (const lane of waiting.slice(0, room)) this.#begin(lane);
    if (this.#drainsOnceOpen) this.drain();
    else this.#left(null);
    if (waiting.length > room) this.#owner.moved(waiting.slice(room));
  }

  /** The provider takes more bytes: of a stream, or of the connection where there is none. */
  widened(lane: Lane | null, by: number): void {
    this.#requests.widen(lane, by);
  }

  ponged(): void {
    this.#liveness.settle();
  }

  /** The provider takes no more streams, and has not looked at those after `lastStream`. */
  goneAway(lastStream: number): void {
    this.drain();
    for (const lane of [...this.#streams.values()]) {
      if (lane.id > lastStream) this.reset(lane, coded(UNPROCESSED, "The provider did not take the request"));
    }
  }

  /** Begins no more streams; closes when those under way have ended. */
  drain(): void {
    if (this.#state === "connecting") this.#drainsOnceOpen = true;
    else if (this.#state === "open") this.#state = "draining";
    else return;
    this.#owner.left(this);
    this.#left(null);
  }

  #connected(conn: Deno.Conn): void {
    if (this.#state === "closed") return conn.close();
    this.address = (conn.remoteAddr as Deno.NetAddr).hostname;
    const lost = () => this.#fail(coded("ECONNRESET", "Cannot use the connection any more"));
    this.#writer = new FrameWriter(conn, lost, () => this.#requests.flush());
    this.write(PREFACE);
    this.write(settingsFrame([[Setting.EnablePush, 0], [Setting.InitialWindowSize, RECEIVE_WINDOW]]));
    this.write(numberFrame(FrameType.WindowUpdate, 0, CONNECTION_WINDOW - DEFAULT_WINDOW));
    this.#read(conn).catch((error) => this.#failedToRead(error));
  }

  async #read(conn: Deno.Conn): Promise<void> {
    const reader = new FrameReader(this.#frames.onFrame, MAX_FRAME);
    const buffer = new Uint8Array(READ_SIZE);
    for (;;) {
      const length = await conn.read(buffer);
      if (length === null || this.#state === "closed") break;
      this.#liveness.heard();
      reader.push(buffer.subarray(0, length));
    }
    this.#fail(coded("ECONNRESET", "The provider closed the connection"));
  }

  #failedToRead(cause: unknown): void {
    if (!(cause instanceof Http2Error)) {
      return this.#fail(coded("ECONNRESET", "Cannot use the connection any more", cause));
    }
    this.write(goAwayFrame(0, cause.code));
    this.#endPolitely();
    const code = this.#state === "connecting" ? "NO_HTTP2" : "H2_PROTOCOL";
    this.#fail(coded(code, "The provider broke the protocol", cause));
  }

  #begin(lane: Lane): void {
    const { call } = lane;
    if (call === null) return;
    this.#liveness.used();
    lane.id = this.#nextId;
    this.#nextId += 2;
    // Before anybody hears of it: the caller may give it up at once.
    this.#streams.set(lane.id, lane);
    if (!this.#requests.begin(lane, call)) {
      this.#streams.delete(lane.id);
      // Later, so that nobody hears of an error before having the handle.
      queueMicrotask(() => lane.onError(coded("UND_ERR_INVALID_ARG", "A header or the path is not valid")));
      return this.#left(lane);
    }
    if (!this.hasRoom && this.#nextId >= LAST_STREAM) this.drain();
  }

  #bodyFailed(lane: Lane, error: Error): void {
    if (this.#streams.get(lane.id) !== lane) return;
    this.write(numberFrame(FrameType.RstStream, lane.id, ErrorCode.Cancel));
    this.reset(lane, error);
  }

  /** One stream fewer. */
  #left(lane: Lane | null): void {
    if (lane !== null) this.#requests.forget(lane);
    if (this.#load > 0 || this.#state === "closed") return;
    if (this.#state === "open") {
      this.#idleDeadline ??= this.#options.deadlines.after(IDLE, () => this.drain());
      return;
    }
    if (this.#state === "draining") {
      this.write(goAwayFrame(0, ErrorCode.NoError));
      this.#endPolitely();
    }
    this.#fail(coded(UNPROCESSED, "The connection is not used any more"));
  }

  /** Lets the last words out, for as long as that may take. */
  #endPolitely(): void {
    const writer = this.#writer;
    this.#writer = null;
    writer?.end();
    this.#options.deadlines.after(LAST_WORDS, () => writer?.close());
  }

  #fail(error: Error): void {
    if (this.#state === "closed") return;
    const wasUsed = this.#state === "open" || this.#state === "connecting";
    this.#state = "closed";
    const { deadlines } = this.#options;
    this.#liveness.settle();
    for (const each of [this.#connectDeadline, this.#idleDeadline]) {
      deadlines.cancel(each);
    }
    this.#dialling.abort();
    this.#writer?.close();
    if (wasUsed) this.#owner.left(this);
    const lanes = [...this.#streams.values(), ...this.#pending];
    this.#streams.clear();
    this.#pending.clear();
    for (const lane of lanes) lane.onError(error);
  }
}
