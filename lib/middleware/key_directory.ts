import type { Clock } from "../clock.ts";
import { GatewayError } from "../errors.ts";
import type { FoundKey, KeyStore } from "../stores/key_store.ts";
import type { ApiKey } from "./api_keys.ts";
import { apiKeyOf, type KeyOwner } from "./found_key.ts";

export interface KeyDirectoryOptions {
  readonly store: KeyStore;
  readonly clock: Clock;
  /** Milliseconds between two looks whether anything has changed. */
  readonly refresh: number;
  /** Keys that are remembered at most. */
  readonly maxKnown: number;
  readonly owner: KeyOwner;
}

/** What is known of what was presented; null: there is no such key. */
interface Known {
  readonly found: FoundKey | null;
  readonly key: ApiKey | null;
  /** Of the store, when it was asked. */
  readonly version: number;
}

/** Presented keys of which it is remembered that there are none; apart from the others, so that guesses drive none out. */
const MAX_ABSENT = 1_000;
/** Questions to the store at a time. */
const MAX_ASKING = 256;

/**
 * Virtual keys as far as this process has met them. The store is asked for a key that is not known, and once more after
 * anything in it has changed, which is looked at every `refresh`: so long a change takes to be heard of everywhere.
 * While the store cannot be reached, what is known goes on.
 */
export class KeyDirectory {
  readonly #options: KeyDirectoryOptions;
  /** By digest, the one that was asked for longest ago first. */
  readonly #known = new Map<string, Known>();
  readonly #absent = new Map<string, Known>();
  readonly #asking = new Map<string, Promise<Known>>();
  /** `NaN`: not known, so that everything is asked for. */
  #version = NaN;
  #looking = false;
  /** Of this process's own. */
  #changes = 0;
  readonly #stop: () => void;

  constructor(options: KeyDirectoryOptions) {
    this.#options = options;
    this.#stop = options.clock.every(options.refresh, () => this.#look());
    this.#look();
  }

  /** Of the store. */
  get backend(): string {
    return this.#options.store.backend;
  }

  /** The key with a digest as it was when it was last asked for. */
  peek(sha256: string): ApiKey | null {
    return this.#known.get(sha256)?.key ?? null;
  }

  /** The key with a digest; undefined: the store has to be asked. */
  current(sha256: string): ApiKey | null | undefined {
    const known = this.#known.get(sha256) ?? this.#absent.get(sha256);
    return known?.version === this.#version ? known.key : undefined;
  }

  /**
   * The key with a digest, null where there is none.
   * @throws {GatewayError} `key_store_unavailable` where nobody can tell.
   */
  async find(sha256: string): Promise<ApiKey | null> {
    return (await this.#find(sha256)).key;
  }

  /** The records behind a key. @throws as `find`. */
  async records(sha256: string): Promise<FoundKey | null> {
    return (await this.#find(sha256)).found;
  }

  /** This process has changed something. */
  changed(): void {
    this.#changes++;
    this.#version = NaN;
    // What is being asked for may be answered as it was before.
    this.#asking.clear();
    this.#look();
  }

  close(): void {
    this.#stop();
  }

  async #find(sha256: string): Promise<Known> {
    const known = this.#known.get(sha256) ?? this.#absent.get(sha256);
    if (known !== undefined && known.version === this.#version) return known;
    try {
      return await (this.#asking.get(sha256) ?? this.#ask(sha256));
    } catch (cause) {
      if (known !== undefined && known.key !== null) return known;
      const message = "Whether this API key is valid cannot be told now: the store of keys does not answer.";
      throw new GatewayError("key_store_unavailable", message, { cause, retryAfter: 1 });
    }
  }

  #ask(sha256: string): Promise<Known> {
    if (this.#asking.size >= MAX_ASKING) return Promise.reject(new Error("too many keys are asked for"));
    const { store, owner } = this.#options;
    // Of before it is asked: what changes meanwhile is asked for again.
    const version = this.#version;
    const asking = store.find(sha256).then((found) => {
      const key = found === null ? null : apiKeyOf(found, sha256, owner);
      const known = { found, key, version };
      this.#remember(sha256, known);
      return known;
    }).finally(() => {
      if (this.#asking.get(sha256) === asking) this.#asking.delete(sha256);
    });
    this.#asking.set(sha256, asking);
    return asking;
  }

  #remember(sha256: string, known: Known): void {
    this.#known.delete(sha256);
    this.#absent.delete(sha256);
    if (known.key === null) keep(this.#absent, sha256, known, MAX_ABSENT);
    else keep(this.#known, sha256, known, this.#options.maxKnown);
  }

  #look(): void {
    if (this.#looking) return;
    this.#looking = true;
    const changes = this.#changes;
    this.#options.store.version().then((version) => {
      this.#looking = false;
      // It may be that of before the change.
      if (changes === this.#changes) this.#version = version;
      else this.#look();
    }, () => {
      // The store tells of its failures itself.
      this.#looking = false;
    });
  }
}

function keep<V>(map: Map<string, V>, key: string, value: V, most: number): void {
  map.set(key, value);
  if (map.size <= most) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
