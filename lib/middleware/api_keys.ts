import type { KeyDirectory } from "./key_directory.ts";
import { isVirtualKey, keyDigest } from "../stores/virtual_key.ts";
import { Access } from "../stores/key_access.ts";
import type { Grants, Limits } from "../stores/key_records.ts";
import type { Exchange, LimitedAccount, Principal } from "../telemetry/exchange.ts";
import type { RequestLimit } from "./request_limiter.ts";

/** A key, of which only the digest is known. */
export interface ApiKeyOptions {
  /** Absent: its name. */
  readonly id?: string | undefined;
  readonly name: string;
  /** SHA-256 of the key, 64 hexadecimal digits. */
  readonly sha256: string;
  /** Owner of what is stored for it; absent: the key itself, so that keys do not share. */
  readonly owner?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** Its own limit, in place of the one for all keys. */
  readonly limit?: RequestLimit | undefined;
  readonly team?: string | undefined;
  readonly user?: string | undefined;
  /** The key's own, and its team's. */
  readonly limited?: readonly LimitedAccount[] | undefined;
  /** What it, its user and its team may each ask for; absent: everything. */
  readonly grants?: readonly Grants[] | undefined;
  /** Unix milliseconds from when on it is refused; absent: never. */
  readonly expiresAt?: number | undefined;
  /** Why it is refused, in a sentence; absent: it is not. */
  readonly off?: string | undefined;
}

/** Somebody with limits; nobody where there are none. */
export function limitedAccount(
  kind: LimitedAccount["kind"],
  id: string,
  name: string,
  { rpm, tpm, max_parallel, budgets }: Limits,
): LimitedAccount[] {
  if (rpm === null && tpm === null && max_parallel === null && budgets.length === 0) return [];
  return [{ kind, id, name: name === "" ? id : name, limits: { rpm, tpm, max_parallel, budgets } }];
}

/** One known key. */
export class ApiKey {
  readonly digest: string;
  readonly limit: RequestLimit | null;
  readonly access: Access | null;
  /** Unix milliseconds. */
  readonly expiresAt: number;
  /** Why it is refused; null: it is not. */
  readonly off: string | null;
  /** Whether there is anything to look at before it is let in. */
  readonly restricted: boolean;
  readonly #options: ApiKeyOptions;
  #principal: Principal | null = null;

  constructor(options: ApiKeyOptions) {
    this.#options = options;
    this.digest = options.sha256.toLowerCase();
    this.limit = options.limit ?? null;
    this.access = Access.of(options.grants ?? []);
    this.expiresAt = options.expiresAt ?? Infinity;
    this.off = options.off ?? null;
    this.restricted = this.access !== null || this.expiresAt < Infinity || this.off !== null;
  }

  /** Who presents it. The end of the key becomes known with the first request that carries it. */
  principal(presented: string): Principal {
    const { name, id = name, owner, tags = {}, team = "", user = "", limited = [] } = this.#options;
    return this.#principal ??= {
      owner: owner ?? `key:${this.digest.slice(0, 32)}`,
      keyTail: presented.slice(-4),
      name,
      tags,
      keyId: id,
      team,
      userId: user,
      access: this.access,
      limited,
    };
  }
}

/** A key that a request carries, and which one it is, if it is known; a virtual one as it was last. */
export interface PresentedKey {
  readonly text: string;
  readonly key: ApiKey | null;
  /** Which header it stood in; `?key`: it was in the query. */
  readonly header: string;
  /** The digest of what has the form of a virtual key, where there are such; null: it is none. */
  readonly virtual: string | null;
}

/** Longer than any key: not worth hashing. */
const LONGEST = 1024;
/** Where clients of the other families than OpenAI's put their keys. */
const KEY_HEADERS = ["x-api-key", "x-goog-api-key", "api-key"] as const;
/** For the gateway's key alone, so that a client may send its provider's key where its SDK puts it. */
const OWN_HEADER = "x-gateway-key";
const QUERY_KEY = "?key";
const BEARER = /^bearer +/i;

/** The known keys, found by digest. Time tells nothing of a key: an attacker cannot steer a digest. */
export class ApiKeys {
  readonly #keys = new Map<string, ApiKey>();
  readonly #directory: KeyDirectory | null;
  #lastExchange: Exchange | null = null;
  #last: PresentedKey | null = null;

  /**
   * @param directory of virtual keys; null: there are none.
   * @throws {Error} where two entries are the same key.
   */
  constructor(keys: readonly ApiKeyOptions[], directory: KeyDirectory | null = null) {
    this.#directory = directory;
    for (const options of keys) {
      const key = new ApiKey(options);
      if (this.#keys.has(key.digest)) throw new Error(`Cannot add key "${options.name}": it is listed twice`);
      this.#keys.set(key.digest, key);
    }
  }

  /** Those of the configuration. */
  all(): Iterable<ApiKey> {
    return this.#keys.values();
  }

  /**
   * The key of `x-gateway-key`; without it that of `Authorization: Bearer`, `x-api-key`, `x-goog-api-key` or
   * Azure's `api-key`, or of a Google client's `?key=`; where several are there, the first that is known. Null where the request carries none.
   * Limiter and authentication ask one after the other: the second is told what the first was.
   */
  identify(exchange: Exchange): PresentedKey | null {
    if (this.#lastExchange !== exchange) {
      this.#last = exchange.request === null ? null : this.#read(exchange.request.headers, exchange);
      this.#lastExchange = exchange;
    }
    return this.#last;
  }

  #read(headers: Headers, exchange: Exchange): PresentedKey | null {
    const own = headers.get(OWN_HEADER);
    if (own !== null) return this.#find(own.replace(BEARER, ""), OWN_HEADER);
    const authorization = headers.get("authorization");
    let found = authorization !== null && BEARER.test(authorization)
      ? this.#find(authorization.replace(BEARER, ""), "authorization")
      : null;
    for (const name of KEY_HEADERS) {
      if (isKnown(found)) return found;
      const text = headers.get(name);
      if (text !== null) found = this.#find(text, name);
    }
    if (exchange.dialect !== "google" || isKnown(found)) return found;
    const text = new URLSearchParams(exchange.query).get("key");
    return text === null ? found : this.#find(text, QUERY_KEY);
  }

  #find(text: string, header: string): PresentedKey {
    if (text.length > LONGEST) return { text, key: null, header, virtual: null };
    const digest = keyDigest(text);
    const key = this.#keys.get(digest) ?? null;
    if (key !== null || this.#directory === null || !isVirtualKey(text)) {
      return { text, key, header, virtual: null };
    }
    return { text, key: this.#directory.peek(digest), header, virtual: digest };
  }
}

function isKnown(found: PresentedKey | null): boolean {
  return found !== null && (found.key !== null || found.virtual !== null);
}
