import { Buffer } from "node:buffer";
import { Socket } from "node:net";
import type { Deadlines } from "../../deadlines.ts";
import type { ServerAddress } from "./server_address.ts";

/** A row as the server gives it; whole numbers of eight bytes are numbers. */
export type Row = Readonly<Record<string, unknown>>;

export type Value =
  | string
  | number
  | boolean
  | null
  | Uint8Array
  | readonly string[]
  | readonly number[];

/** What is used of the driver's client. */
interface DriverClient {
  readonly connection: { readonly stream: { destroy(): void } };
  on(event: "error" | "end", listener: () => void): void;
  connect(): Promise<unknown>;
  query(query: { readonly text: string; readonly values?: readonly unknown[] }): Promise<{ rows: Row[] }>;
}

type DriverClass = new (options: Readonly<Record<string, unknown>>) => DriverClient;

export interface ConnectOptions {
  readonly server: ServerAddress;
  /** Runs first: several statements. */
  readonly prologue: string;
  readonly deadlines: Deadlines;
  /** Milliseconds until it has to be ready. */
  readonly timeout: number;
}

/** The driver has one name for the host that it connects to and for the certificate: where they differ it is the latter. */
function namedOtherwise({ host, ssl }: ServerAddress) {
  if (ssl === false || ssl.servername === undefined) return {};
  const stream = () => {
    const socket = new Socket();
    const connect = socket.connect.bind(socket);
    return Object.assign(socket, { connect: (port: number) => connect(port, host) });
  };
  return { host: ssl.servername, stream };
}

/** Types of the server by their numbers, where the driver gives a text: `SELECT oid, typname FROM pg_type`. */
const PARSERS: Readonly<Record<number, (text: string) => unknown>> = {
  // bool, bytea as `\x` and hexadecimal digits, int8, int2, int4, float8
  16: (text) => text === "t",
  17: (text) => new Uint8Array(Buffer.from(text.slice(2), "hex")),
  20: Number,
  21: Number,
  23: Number,
  701: Number,
};

/** A connection to the server, for one command at a time. */
export class Connection {
  readonly #client: DriverClient;
  #ended = false;
  #onEnd: () => void = () => {};

  private constructor(client: DriverClient) {
    this.#client = client;
    // Why it failed is told to the command that is under way.
    client.on("error", () => this.#end());
    client.on("end", () => this.#end());
  }

  /** @throws {Error} the server's, the system's, or that there is no answer in time. */
  static async open({ server, prologue, deadlines, timeout }: ConnectOptions): Promise<Connection> {
    // Loaded where it is used; of the package only what talks to the server.
    const { default: Client } = await import("pg/client");
    const { password, ...place } = server;
    const client: DriverClient = new (Client as DriverClass)({
      ...place,
      ...namedOtherwise(server),
      // As a function, so that none is looked for in the environment or in a file where there is none.
      password: () => password,
      application_name: "llm-gateway",
      keepAlive: true,
      types: { getTypeParser },
    });
    const connection = new Connection(client);
    let late = false;
    const deadline = deadlines.after(timeout, () => {
      late = true;
      connection.destroy();
    });
    try {
      await client.connect();
      await client.query({ text: prologue });
      return connection;
    } catch (error) {
      connection.destroy();
      if (late) throw new Error(`no connection within ${timeout} ms`, { cause: error });
      // Of a name with several addresses each has its own.
      throw error instanceof AggregateError ? error.errors[0] : error;
    } finally {
      deadlines.cancel(deadline);
    }
  }

  /** Whether it can be used. */
  get alive(): boolean {
    return !this.#ended;
  }

  /** Called once when it ends, by whomever. */
  set onEnd(listener: () => void) {
    this.#onEnd = listener;
  }

  async query(text: string, values: readonly Value[] = []): Promise<Row[]> {
    const { rows } = await this.#client.query(values.length === 0 ? { text } : { text, values });
    return rows;
  }

  /** Ends it at once, whatever is under way: its answer is nobody's. */
  destroy(): void {
    this.#client.connection.stream.destroy();
    this.#end();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd();
  }
}

/** All else is a text. */
function getTypeParser(type: number): (text: string) => unknown {
  return PARSERS[type] ?? String;
}
