/** What one side can be asked: each takes one value and gives one, both as JSON can say them. */
export type Methods<T> = { readonly [Name in keyof T]: (body: never) => unknown };

type Body<T, Name extends keyof T> = T[Name] extends (body: infer B) => unknown ? B : never;
type Answer<T, Name extends keyof T> = T[Name] extends (...args: never[]) => infer A ? Awaited<A> : never;

/** A message: a question has a name, an answer has none. */
interface Message {
  readonly id: number;
  readonly ask?: string;
  readonly body?: unknown;
  /** Why there is no answer. */
  readonly error?: string;
}

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** Characters of one message. A snapshot of a full registry is about a megabyte. */
const LONGEST = 64 * 1024 * 1024;

const encoder = new TextEncoder();

/**
 * Questions and answers between two processes, one JSON object a line, over any connection. Each side names what it
 * can be asked; a question that nobody can answer is answered with an error.
 */
export class Channel<Own extends Methods<Own>, Other extends Methods<Other>> {
  /** Resolves when the connection is closed, by whichever side; never rejects. */
  readonly closed: Promise<void>;
  readonly #conn: Deno.Conn;
  readonly #methods: Own;
  readonly #waiting = new Map<number, Waiting>();
  #longest: number;
  #next = 1;
  #writing: Promise<void> = Promise.resolve();

  /** @param longest characters that a message may have, until {@linkcode trust} is called. */
  constructor(conn: Deno.Conn, methods: Own, longest = LONGEST) {
    this.#conn = conn;
    this.#methods = methods;
    this.#longest = longest;
    this.closed = this.#readAll().finally(() => this.#end());
  }

  /** Messages may be as long as they need to be. */
  trust(): void {
    this.#longest = LONGEST;
  }

  /** @throws {Error} where no answer comes within `ms`, the other side fails, or the connection is closed. */
  ask<Name extends keyof Other & string>(
    name: Name,
    body: Body<Other, Name>,
    ms: number,
  ): Promise<Answer<Other, Name>> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new Error(`Cannot ask for ${name}: no answer within ${ms} ms`));
      }, ms);
      this.#waiting.set(id, {
        resolve(answer) {
          clearTimeout(timer);
          resolve(answer as Answer<Other, Name>);
        },
        reject(error) {
          clearTimeout(timer);
          reject(error);
        },
      });
      this.#send({ id, ask: name, body });
    });
  }

  /** Says something that needs no answer. */
  tell<Name extends keyof Other & string>(name: Name, body: Body<Other, Name>): void {
    this.#send({ id: 0, ask: name, body });
  }

  close(): void {
    try {
      this.#conn.close();
    } catch {
      // It is closed already.
    }
  }

  #send(message: Message): void {
    const bytes = encoder.encode(`${JSON.stringify(message)}\n`);
    this.#writing = this.#writing.then(async () => {
      for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
    }).catch(() => this.close());
  }

  async #readAll(): Promise<void> {
    let rest = "";
    try {
      for await (const text of this.#conn.readable.pipeThrough(new TextDecoderStream())) {
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        if (rest.length > this.#longest) return;
        for (const line of lines) this.#take(JSON.parse(line));
      }
    } catch {
      // Reset, or no message of ours: in either case it is over.
    }
  }

  #take(message: Message): void {
    if (message.ask !== undefined) {
      this.#answer(message, message.ask);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.error === undefined) waiting?.resolve(message.body);
    else waiting?.reject(new Error(message.error));
  }

  async #answer({ id, body }: Message, name: string): Promise<void> {
    let answer: Message;
    try {
      if (!Object.hasOwn(this.#methods, name)) throw new Error(`Cannot answer: "${name}" is unknown`);
      const method = this.#methods[name as keyof Own] as (body: never) => unknown;
      answer = { id, body: await method(body as never) };
    } catch (error) {
      answer = { id, error: error instanceof Error ? error.message : String(error) };
    }
    if (id !== 0) this.#send(answer);
  }

  #end(): void {
    this.close();
    for (const { reject } of this.#waiting.values()) {
      reject(new Error("Cannot ask: the connection is closed"));
    }
    this.#waiting.clear();
  }
}
