/** What a server answers: text, a number, nothing, a list, or its error. */
export type Reply = string | number | null | Reply[] | RedisError;

/** An error that the server answered with; its first word says of which kind it is. */
export class RedisError extends Error {
  override readonly name = "RedisError";
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A command as it is sent. */
export function encodeCommand(args: readonly string[]): Uint8Array {
  const texts = args.map((arg) => encoder.encode(arg));
  const heads = texts.map(({ length }) => encoder.encode(`$${length}\r\n`));
  const start = encoder.encode(`*${args.length}\r\n`);
  const length = texts.reduce(
    (sum, text, index) => sum + text.length + (heads[index]?.length ?? 0) + 2,
    start.length,
  );
  const bytes = new Uint8Array(length);
  bytes.set(start);
  let at = start.length;
  texts.forEach((text, index) => {
    const head = heads[index] ?? new Uint8Array();
    bytes.set(head, at);
    bytes.set(text, at + head.length);
    at += head.length + text.length;
    bytes[at++] = CR;
    bytes[at++] = LF;
  });
  return bytes;
}

const CR = 13;
const LF = 10;
/** What comes is at the most so large; a server that announces more is none. */
const MAX_BULK = 512 * 1024 * 1024;
const MAX_LINE = 64 * 1024;

interface OpenList {
  readonly items: Reply[];
  left: number;
}

/**
 * Reads answers in the second version of the protocol, in whatever pieces they come.
 * https://redis.io/docs/latest/develop/reference/protocol-spec/
 */
export class ReplyReader {
  #bytes = new Uint8Array(16 * 1024);
  #from = 0;
  #to = 0;
  /** Lists that are not complete, the outermost first. */
  readonly #open: OpenList[] = [];

  push(chunk: Uint8Array): void {
    if (this.#to + chunk.length > this.#bytes.length) this.#makeRoom(chunk.length);
    this.#bytes.set(chunk, this.#to);
    this.#to += chunk.length;
  }

  /** The next whole answer; undefined where it has not come yet. @throws {Error} where it is not the protocol. */
  next(): Reply | undefined {
    for (;;) {
      const element = this.#element();
      if (element === undefined) return undefined;
      const whole = this.#place(element);
      if (whole !== undefined) return whole;
    }
  }

  /** Puts an element where it belongs. @returns what is complete with it. */
  #place(element: Reply | OpenList): Reply | undefined {
    if (isOpen(element)) {
      this.#open.push(element);
      return undefined;
    }
    let value = element;
    for (let list = this.#open.at(-1); list !== undefined; list = this.#open.at(-1)) {
      list.items.push(value);
      if (--list.left > 0) return undefined;
      this.#open.pop();
      value = list.items;
    }
    return value;
  }

  #element(): Reply | OpenList | undefined {
    const end = this.#bytes.subarray(this.#from, this.#to).indexOf(LF);
    if (end < 0) {
      if (this.#to - this.#from > MAX_LINE) throw new Error("the server does not speak Redis's protocol");
      return undefined;
    }
    const kind = String.fromCharCode(this.#bytes[this.#from] ?? 0);
    const line = decoder.decode(this.#bytes.subarray(this.#from + 1, this.#from + end - 1));
    const after = this.#from + end + 1;
    switch (kind) {
      case "+":
        this.#from = after;
        return line;
      case "-":
        this.#from = after;
        return new RedisError(line);
      case ":":
        this.#from = after;
        return Number(line);
      case "$":
        return this.#bulk(Number(line), after);
      case "*": {
        const left = Number(line);
        this.#from = after;
        return left < 0 ? null : left === 0 ? [] : { items: [], left };
      }
      default:
        throw new Error("the server does not speak Redis's protocol");
    }
  }

  #bulk(length: number, after: number): Reply | undefined {
    if (!(length <= MAX_BULK)) throw new Error("the server does not speak Redis's protocol");
    if (length < 0) {
      this.#from = after;
      return null;
    }
    if (after + length + 2 > this.#to) return undefined;
    this.#from = after + length + 2;
    return decoder.decode(this.#bytes.subarray(after, after + length));
  }

  #makeRoom(more: number): void {
    const used = this.#to - this.#from;
    const room = used + more > this.#bytes.length / 2
      ? new Uint8Array(Math.max(2 * this.#bytes.length, 2 * (used + more)))
      : this.#bytes;
    room.set(this.#bytes.subarray(this.#from, this.#to));
    this.#bytes = room;
    this.#from = 0;
    this.#to = used;
  }
}

function isOpen(element: Reply | OpenList): element is OpenList {
  return typeof element === "object" && element !== null && "left" in element;
}
