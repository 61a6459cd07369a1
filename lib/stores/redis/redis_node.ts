import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Clock } from "../../clock.ts";
import type { Deadline, Deadlines } from "../../deadlines.ts";
import { type ServerTls, tlsOptions } from "../server_tls.ts";
import { encodeCommand, RedisError, type Reply, ReplyReader } from "./resp.ts";

export interface RedisNodeOptions {
  readonly host: string;
  readonly port: number;
  /** Null: `default`, with a password. */
  readonly username: string | null;
  readonly password: string | null;
  readonly database: number;
  readonly tls: ServerTls | null;
  /** Milliseconds for a connection to be made, encryption and password included. */
  readonly connectTimeout: number;
  /** Milliseconds after which a command that could not be sent yet is not sent any more. */
  readonly timeout: number;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  /** Called each time that a connection is made. */
  readonly onReady?: (() => void) | undefined;
  /** Called when it is lost, or cannot be made, with why. */
  readonly onLost?: ((reason: string) => void) | undefined;
}

/** Commands that may wait at a time, to be sent or for their answers, and their bytes; one alone may be of any size. */
const MAX_COMMANDS = 1_000;
const MAX_BYTES = 64 * 1024 * 1024;
/** Between two tries to connect, milliseconds. */
const FIRST_RECONNECT = 50;
const LAST_RECONNECT = 2_000;
/** How often a connection is looked after; one that answers nothing for three times so long is made anew. */
const LOOK_EACH = 10_000;

interface Command {
  readonly bytes: Uint8Array;
  /** Monotonic milliseconds: later it is not sent any more. */
  readonly until: number;
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

/**
 * One server over one connection, which is made and made again by itself; a server that is not there is waited for by
 * nobody. Answers come in the order of the commands, so each command that was sent keeps its place until it is answered,
 * whether or not anybody still waits.
 */
export class RedisNode {
  readonly #options: RedisNodeOptions;
  readonly #stopLooking: () => void;
  #socket: Socket | null = null;
  #ready = false;
  #closed = false;
  /** Why there is no connection. */
  #reason = "it is being connected to";
  #tries = 0;
  #retry: Deadline | null = null;
  #connecting: Deadline | null = null;
  /** Not sent yet. */
  #unsent: Command[] = [];
  /** Sent, and not answered yet. */
  #sent: Command[] = [];
  /** Monotonic milliseconds of the last byte that came. */
  #heardAt = 0;
  #flushing = false;
  /** Bytes of commands that are not answered. */
  #waiting = 0;

  constructor(options: RedisNodeOptions) {
    this.#options = options;
    this.#stopLooking = options.clock.every(LOOK_EACH, () => this.#look());
    this.#connect();
  }

  get host(): string {
    return this.#options.host;
  }

  get port(): number {
    return this.#options.port;
  }

  /** @throws {RedisError} the server's own. @throws {Error} where there is no connection, or it is lost. */
  send(args: readonly string[]): Promise<Reply> {
    if (!this.#ready) return Promise.reject(new Error(`not connected to Redis: ${this.#reason}`));
    if (this.#unsent.length + this.#sent.length >= MAX_COMMANDS || this.#waiting > MAX_BYTES) {
      return Promise.reject(new Error("too many commands wait for Redis already"));
    }
    return this.#enqueue(args);
  }

  close(): void {
    this.#closed = true;
    this.#stopLooking();
    this.#options.deadlines.cancel(this.#retry);
    this.#lose("the connection was closed");
  }

  #enqueue(args: readonly string[]): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const { clock, timeout } = this.#options;
      const bytes = encodeCommand(args);
      this.#waiting += bytes.length;
      this.#unsent.push({ bytes, until: clock.now() + timeout, resolve, reject });
      // Commands of one turn go out together.
      if (!this.#flushing) queueMicrotask(() => this.#flush());
      this.#flushing = true;
    });
  }

  #flush(): void {
    this.#flushing = false;
    const socket = this.#socket;
    if (socket === null || socket.writableNeedDrain || this.#unsent.length === 0) return;
    const now = this.#options.clock.now();
    const [late, due] = [
      this.#unsent.filter(({ until }) => until < now),
      this.#unsent.filter(({ until }) => until >= now),
    ];
    this.#unsent = [];
    for (const { bytes, reject } of late) {
      this.#waiting -= bytes.length;
      reject(new Error("it could not be sent in time"));
    }
    if (due.length === 0) return;
    this.#sent.push(...due);
    // One write costs what one command's does.
    socket.write(concatenated(due.map(({ bytes }) => bytes)));
  }

  #connect(): void {
    const { host, port, tls, deadlines, connectTimeout } = this.#options;
    const socket = tls === null
      ? connectPlain({ host, port })
      : connectTls({ host, port, ...tlsOptions(tls) });
    socket.setNoDelay(true);
    this.#socket = socket;
    const reader = new ReplyReader();
    // Of a socket that was given up nothing is of interest, but an error without a listener ends the process.
    const lose = (reason: string) => {
      if (this.#socket === socket) this.#lose(reason);
    };
    socket.on("error", (error: Error) => lose(error.message));
    socket.on("close", () => lose("the server closed the connection"));
    socket.on(tls === null ? "connect" : "secureConnect", () => {
      if (this.#socket === socket) this.#greet();
    });
    socket.on("drain", () => this.#flush());
    socket.on("data", (chunk: Uint8Array) => {
      if (this.#socket !== socket) return;
      try {
        this.#receive(reader, chunk);
      } catch (error) {
        lose(error instanceof Error ? error.message : String(error));
      }
    });
    this.#connecting = deadlines.after(
      connectTimeout,
      () => lose(`no connection within ${connectTimeout} ms`),
    );
  }

  async #greet(): Promise<void> {
    const { username, password, database } = this.#options;
    const commands = [
      ...(password === null ? [] : [["AUTH", ...(username === null ? [] : [username]), password]]),
      ...(database === 0 ? [] : [["SELECT", `${database}`]]),
      ["PING"],
    ];
    const socket = this.#socket;
    try {
      await Promise.all(commands.map((command) => this.#enqueue(command)));
    } catch (error) {
      if (this.#socket === socket) this.#lose(error instanceof Error ? error.message : String(error));
      return;
    }
    if (this.#socket !== socket) return;
    this.#options.deadlines.cancel(this.#connecting);
    this.#ready = true;
    this.#tries = 0;
    this.#options.onReady?.();
  }

  #receive(reader: ReplyReader, chunk: Uint8Array): void {
    this.#heardAt = this.#options.clock.now();
    reader.push(chunk);
    let answered = 0;
    for (let reply = reader.next(); reply !== undefined; reply = reader.next()) {
      const command = this.#sent[answered++];
      if (command === undefined) throw new Error("the server answered what nobody asked");
      this.#waiting -= command.bytes.length;
      if (reply instanceof RedisError) command.reject(reply);
      else command.resolve(reply);
    }
    this.#sent.splice(0, answered);
  }

  #lose(reason: string): void {
    const socket = this.#socket;
    if (socket === null) return;
    this.#socket = null;
    this.#ready = false;
    this.#reason = reason;
    socket.destroy();
    const { deadlines, onLost } = this.#options;
    deadlines.cancel(this.#connecting);
    const commands = [...this.#sent, ...this.#unsent];
    [this.#sent, this.#unsent] = [[], []];
    this.#waiting = 0;
    for (const { reject } of commands) reject(new Error(`the connection to Redis was lost: ${reason}`));
    if (this.#closed) return;
    const wait = Math.min(FIRST_RECONNECT * 2 ** Math.min(this.#tries++, 10), LAST_RECONNECT);
    this.#retry = deadlines.after(wait, () => this.#connect());
    onLost?.(reason);
  }

  /** Speaks on a connection that is not used, so that it stays; gives up one that says nothing. */
  #look(): void {
    if (!this.#ready) return;
    const silent = this.#options.clock.now() - this.#heardAt;
    if (this.#sent.length > 0 && silent > 3 * LOOK_EACH) {
      this.#lose(`it said nothing for ${Math.round(silent)} ms`);
    } else if (silent > LOOK_EACH / 2 && this.#sent.length === 0) this.#enqueue(["PING"]).catch(() => {});
  }
}

function concatenated(pieces: readonly Uint8Array[]): Uint8Array {
  const [first] = pieces;
  if (first !== undefined && pieces.length === 1) return first;
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** A node, once it is connected or was not at the first try. */
export async function openSettled(options: RedisNodeOptions): Promise<RedisNode> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const node = new RedisNode({
    ...options,
    onReady() {
      resolve();
      options.onReady?.();
    },
    onLost(reason) {
      resolve();
      options.onLost?.(reason);
    },
  });
  await promise;
  return node;
}
