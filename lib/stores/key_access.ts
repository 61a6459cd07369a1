import { Network, parseAddress } from "../address.ts";
import type { Grants } from "./key_records.ts";

/** Names in which a `*` stands for any text. */
export class Patterns {
  readonly #exact: ReadonlySet<string>;
  readonly #wild: readonly Wildcard[];

  constructor(readonly all: readonly string[]) {
    this.#exact = new Set(all);
    this.#wild = all.filter((it) => it.includes("*")).map((it) => new Wildcard(it));
  }

  /** Given a pattern: whether all that it matches is matched here. */
  matches(name: string): boolean {
    return this.#exact.has(name) || this.#wild.some((pattern) => pattern.matches(name));
  }
}

/** Each part is looked for once from left to right: linear, however many `*` there are. */
class Wildcard {
  readonly #start: string;
  readonly #middle: readonly string[];
  readonly #end: string;

  constructor(pattern: string) {
    const parts = pattern.split("*");
    this.#start = parts[0] ?? "";
    this.#middle = parts.slice(1, -1);
    this.#end = parts.at(-1) ?? "";
  }

  matches(text: string): boolean {
    const end = text.length - this.#end.length;
    if (end < this.#start.length || !text.startsWith(this.#start) || !text.endsWith(this.#end)) return false;
    let at = this.#start.length;
    for (const part of this.#middle) {
      const found = text.indexOf(part, at);
      if (found === -1 || found + part.length > end) return false;
      at = found + part.length;
    }
    return true;
  }
}

/** What a name may be: any, or those that all of some lists have. */
class Names {
  readonly #lists: readonly Patterns[];

  constructor(lists: readonly (readonly string[] | null)[]) {
    this.#lists = lists.flatMap((list) => list === null ? [] : [new Patterns(list)]);
  }

  get restricted(): boolean {
    return this.#lists.length > 0;
  }

  has(name: string): boolean {
    return this.#lists.every((list) => list.matches(name));
  }

  /** Those of the first list that the others have too. */
  shown(): readonly string[] {
    const [first, ...others] = this.#lists;
    return first === undefined ? [] : first.all.filter((name) => others.every((list) => list.matches(name)));
  }
}

/** What a key may ask for, and from where, as it, its user and its team are all allowed to. */
export class Access {
  readonly models: Names;
  readonly routes: Names;
  readonly #networks: readonly (readonly Network[])[];

  /** @throws {TypeError} where an address is none. */
  constructor(grants: readonly Grants[]) {
    this.models = new Names(grants.map(({ models }) => models));
    this.routes = new Names(grants.map(({ routes }) => routes));
    this.#networks = grants.flatMap(({ addresses }) =>
      addresses === null ? [] : [addresses.map((text) => new Network(text))]
    );
  }

  /** @returns null where nothing is restricted. */
  static of(grants: readonly Grants[]): Access | null {
    const restricted = grants.some(({ models, routes, addresses }) =>
      models !== null || routes !== null || addresses !== null
    );
    return restricted ? new Access(grants) : null;
  }

  hasAddress(address: string): boolean {
    if (this.#networks.length === 0) return true;
    const bytes = parseAddress(address);
    return bytes !== null && this.#networks.every((list) => list.some((network) => network.contains(bytes)));
  }
}
