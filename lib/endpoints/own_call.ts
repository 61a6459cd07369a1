import type { Clock } from "../clock.ts";
import type { RelayedAnswer } from "../stages/relay.ts";
import type { OwnedIdStore } from "../stores/owned_id_store.ts";
import type { Exchange, PathParams } from "../telemetry/exchange.ts";
import { claim, ownList, release } from "./owned_answers.ts";
import { OWNED, type OwnedFamily, OwnedIds } from "./owned_ids.ts";

/** Asks the provider. @param first it is the client's question; else the gateway's own. */
type Ask = (query: string, first: boolean) => Promise<RelayedAnswer>;

/** A call of what a provider keeps for an account that callers share: each sees, names and reaches its own alone. */
export class OwnCall {
  readonly #family: OwnedFamily;
  readonly #method: string;
  readonly #query: string;
  /** Of what is asked for; null: it is a list, or something new. */
  readonly #id: string | null;
  /** Whether the id is all that is asked for, and not something below it. */
  readonly #itself: boolean;
  readonly #opaque: boolean;
  readonly #ids: OwnedIds;

  constructor(
    { family, method, query, id, itself, opaque, ids }: {
      readonly family: OwnedFamily;
      readonly method: string;
      readonly query: string;
      readonly id: string | null;
      readonly itself: boolean;
      readonly opaque: boolean;
      readonly ids: OwnedIds;
    },
  ) {
    this.#family = family;
    this.#method = method;
    this.#query = query;
    this.#id = id;
    this.#itself = itself;
    this.#opaque = opaque;
    this.#ids = ids;
  }

  /** Before anything is sent. @throws {GatewayError} where what is named is another's, or is not there. */
  async before(): Promise<void> {
    if (this.#id !== null) return await this.#ids.require(this.#family, this.#id);
    if (this.#method === "POST") return this.#ids.requireStore();
    const asked = new URLSearchParams(this.#query);
    for (const cursor of CURSORS) {
      const id = asked.get(cursor);
      if (id !== null) await this.#ids.require(this.#family, id);
    }
  }

  async answered(ask: Ask): Promise<RelayedAnswer> {
    if (this.#id === null && this.#method === "GET") {
      return await ownList(this.#family, this.#query, this.#ids, ask);
    }
    const answer = await ask(this.#query, true);
    if (this.#id !== null && this.#itself && this.#method === "DELETE") {
      return await release(answer, this.#ids, this.#id);
    }
    // Of batches alone something else is made as time goes by.
    if (this.#opaque || (this.#family !== "batches" && this.#id !== null)) return answer;
    return await claim(answer, this.#ids, this.#id === null);
  }
}

/** Fields of a list's query that name one of its objects. */
const CURSORS = ["after", "before"] as const;

/** Null: what the API is about is nobody's. */
export function ownCall(
  { family, path, opaque = false }: {
    readonly family: string;
    readonly path: string;
    readonly opaque?: boolean;
  },
  exchange: Exchange,
  params: PathParams,
  { owners, clock }: { readonly owners: OwnedIdStore | null; readonly clock: Clock },
): OwnCall | null {
  const { principal, method, query } = exchange;
  if (owners === null || principal === null || !isOwned(family)) return null;
  const { parameter } = OWNED[family];
  const id = params[parameter] ?? null;
  const itself = path === `/{${parameter}}`;
  const ids = new OwnedIds(exchange, principal.owner, owners, clock);
  return new OwnCall({ family, method, query, id, itself, opaque, ids });
}

function isOwned(family: string): family is OwnedFamily {
  return Object.hasOwn(OWNED, family);
}
