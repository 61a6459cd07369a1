import { GatewayError } from "../errors.ts";
import { JsonRequest } from "../stages/json_request.ts";
import type { JsonObject } from "../wire/canonical.ts";
import { joinBytes } from "../wire/join_bytes.ts";
import { isObject } from "../wire/shape.ts";
import { ByteSearch } from "./byte_search.ts";
import { mayName, namedIds } from "./named_ids.ts";
import type { OwnedFamily } from "./owned_ids.ts";

/** What a line that asks a model something has, whoever's format it is; its characters may be escaped. */
const ASKS = new ByteSearch('"body"', '"params"', '"custom_id"', "\\u00");
/** As much of a line's end as one of the searches may have to see again. */
const OVERLAP = 32;
/** Ids that are remembered as found to be good. */
const MAX_GOOD = 10_000;

const LINE_END = 0x0a;
const BRACE = 0x7b;
/** White space, and a byte order mark's three. */
const BEFORE: ReadonlySet<number> = new Set([0x20, 0x09, 0x0d, 0xef, 0xbb, 0xbf]);

/** Looks whether some ids are the caller's. @throws {GatewayError} 404 where one is not. */
export type RequireOwn = (named: ReadonlyMap<string, OwnedFamily>) => Promise<void>;

/**
 * The lines of a batch's file, while the form that it is uploaded in goes by in pieces of any size: what a line names
 * is looked at as if it were a request. The form's own lines are none of JSON. Holds one line at the most.
 * @see https://platform.openai.com/docs/guides/batch
 */
export class BatchLines {
  readonly #requireOwn: RequireOwn;
  readonly #maxLine: number;
  /** What came of the line so far, where it may be one of a batch. */
  readonly #pieces: Uint8Array[] = [];
  #length = 0;
  #line: "begins" | "object" | "long" | "other" = "begins";
  /** What a line too long to be held was seen to have. */
  #long = { names: false, asks: false };
  #good = new Set<string>();

  /** @param maxLine bytes; a longer one is refused if it names anything. */
  constructor(requireOwn: RequireOwn, maxLine: number) {
    this.#requireOwn = requireOwn;
    this.#maxLine = maxLine;
  }

  /** Before a piece goes on. @throws {GatewayError} 404, as {@linkcode RequireOwn}; 400 for what nobody can look into. */
  async pass(piece: Uint8Array): Promise<void> {
    const named = new Map<string, OwnedFamily>();
    for (let at = 0; at < piece.length;) {
      const end = piece.indexOf(LINE_END, at);
      this.#add(piece.subarray(at, end === -1 ? piece.length : end));
      if (end === -1) break;
      this.#end(named);
      at = end + 1;
    }
    if (named.size === 0) return;
    await this.#requireOwn(named);
    if (this.#good.size + named.size > MAX_GOOD) this.#good = new Set();
    for (const id of named.keys()) this.#good.add(id);
  }

  #add(piece: Uint8Array): void {
    let bytes = piece;
    if (this.#line === "begins") {
      const first = piece.findIndex((byte) => !BEFORE.has(byte));
      if (first === -1) return;
      this.#line = piece[first] === BRACE ? "object" : "other";
      bytes = piece.subarray(first);
    }
    if (this.#line === "other" || bytes.length === 0) return;
    this.#pieces.push(bytes);
    this.#length += bytes.length;
    if (this.#line !== "long" && this.#length <= this.#maxLine) return;
    this.#line = "long";
    const seen = joinBytes(this.#pieces);
    this.#long = { names: this.#long.names || mayName(seen), asks: this.#long.asks || ASKS.isIn(seen) };
    this.#hold(seen.slice(-OVERLAP));
  }

  #hold(...pieces: readonly Uint8Array[]): void {
    this.#pieces.splice(0, Infinity, ...pieces);
    this.#length = pieces.reduce((sum, { length }) => sum + length, 0);
  }

  #end(named: Map<string, OwnedFamily>): void {
    const { names, asks } = this.#long;
    if (names && asks) throw unreadable(`it is longer than ${this.#maxLine} bytes`);
    if (this.#line === "object") {
      const line = this.#pieces.length === 1 ? this.#pieces[0] : joinBytes(this.#pieces);
      if (line !== undefined && mayName(line) && ASKS.isIn(line)) this.#look(line, named);
    }
    this.#hold();
    this.#line = "begins";
    this.#long = { names: false, asks: false };
  }

  #look(line: Uint8Array, named: Map<string, OwnedFamily>): void {
    const json = objectIn(line);
    if (!isObject(json["body"]) && !isObject(json["params"])) return;
    for (const [id, family] of namedIds(json)) if (!this.#good.has(id)) named.set(id, family);
  }
}

/** A line's object, read as strictly as a request: so that no two readers can take it for two things. */
function objectIn(line: Uint8Array): JsonObject {
  try {
    return new JsonRequest(line, { anyModel: true }).json;
  } catch (cause) {
    throw unreadable(cause instanceof GatewayError ? cause.message : String(cause));
  }
}

function unreadable(why: string): GatewayError {
  return new GatewayError(
    "invalid_request",
    `A line of the file that names a file or a vector store cannot be read: ${why}`,
    { param: "file" },
  );
}
