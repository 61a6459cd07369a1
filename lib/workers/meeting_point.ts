import { Channel } from "./channel.ts";
import type { SupervisorMethods, WorkerMethods } from "./protocol.ts";
import type { WorkerChannel, WorkerProcess } from "./worker_process.ts";

/** Time for whoever connects to prove that it is a worker. */
const JOIN_MS = 2_000;
/** Connections that may be about to prove it. */
const MAX_STRANGERS = 64;
/** Characters that may be said before. */
const FIRST_WORDS = 1_000;

/** What a worker may ask once it has joined. */
export type WorkerQuestions = (worker: WorkerProcess) => Omit<SupervisorMethods, "join">;

/** Where workers find their supervisor: a port of the loopback address, behind a secret for each. */
export class MeetingPoint {
  readonly #listener: Deno.TcpListener;
  readonly #questions: WorkerQuestions;
  readonly #expected = new Map<string, WorkerProcess>();
  #strangers = 0;

  constructor(questions: WorkerQuestions) {
    this.#questions = questions;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#acceptAll();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  expect(token: string, worker: WorkerProcess): void {
    this.#expected.set(token, worker);
    worker.ended.finally(() => this.#expected.delete(token));
  }

  close(): void {
    this.#listener.close();
  }

  async #acceptAll(): Promise<void> {
    try {
      for await (const conn of this.#listener) this.#meet(conn);
    } catch {
      // Closed; workers notice.
    }
  }

  #meet(conn: Deno.TcpConn): void {
    if (this.#strangers >= MAX_STRANGERS) return conn.close();
    this.#strangers++;
    let worker: WorkerProcess | null = null;
    const timer = setTimeout(() => channel.close(), JOIN_MS);
    const known = () => {
      clearTimeout(timer);
      if (this.#strangers > 0) this.#strangers--;
    };
    const asked = () => {
      if (worker === null) throw new Error("Join first");
      return this.#questions(worker);
    };
    const methods: SupervisorMethods = {
      join: (token) => {
        const expected = this.#expected.get(token);
        if (expected === undefined || worker !== null) {
          channel.close();
          return null;
        }
        // It joins once.
        this.#expected.delete(token);
        worker = expected;
        known();
        channel.trust();
        expected.joined(channel);
        return null;
      },
      ready: (body) => asked().ready(body),
      gather: (own) => asked().gather(own),
      ended: (own) => asked().ended(own),
      grown: (bytes) => asked().grown(bytes),
      reload: (body) => asked().reload(body),
      showAll: (question) => asked().showAll(question),
    };
    const channel: WorkerChannel = new Channel<SupervisorMethods, WorkerMethods>(conn, methods, FIRST_WORDS);
    channel.closed.then(() => {
      if (worker === null) known();
    });
  }
}
