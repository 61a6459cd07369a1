import type { Clock } from "../../../clock.ts";
import { GatewayError } from "../../../errors.ts";
import type { KeyRecord, KeyRecords, RecordKind, UserRecord } from "../../../stores/key_records.ts";
import type { KeyStore, RecordPage } from "../../../stores/key_store.ts";
import { keyDigest, newVirtualKey } from "../../../stores/virtual_key.ts";
import { heldBelow, isBelow } from "./ceiling.ts";
import { defaultsOf, type Given } from "./read_record.ts";
import { RECORD_FIELDS } from "./record_fields.ts";

/** Who makes and changes keys: who has the master key, or a management key for those of its team. */
export interface Maker {
  /** `master`, or the management key's. */
  readonly id: string;
  /** Null: it is the master key. */
  readonly key: KeyRecord | null;
  /** From where. */
  readonly address: string;
}

/** One change, for the log. */
export interface KeyChange {
  /** `created`, `updated`, `rotated`, `disabled`, `enabled`, `deleted`. */
  readonly what: string;
  readonly kind: RecordKind;
  readonly record: KeyRecords[RecordKind];
  readonly maker: Maker;
  /** Names of the fields that were given. */
  readonly fields: readonly string[];
}

export interface KeyAdminOptions {
  readonly store: KeyStore;
  readonly clock: Clock;
  /** Keys that there may be, and teams and users each. */
  readonly maxKeys: number;
  /** Keys that a team may have before its managers may make no more; default 1,000. */
  readonly maxTeamKeys?: number;
  /** Called after each change. */
  readonly onChange: (change: KeyChange) => void;
}

/** A key and, this once, what it is presented as. */
export interface NewKey {
  readonly record: KeyRecord;
  readonly key: string;
}

const MASTER_ONLY = RECORD_FIELDS.filter(({ masterOnly }) => masterOnly === true).map(({ name }) => name);
/** How often a change is tried again that somebody else's has overtaken. */
const TRIES = 5;
const RANDOM_BYTES = 16;
const MAX_TEAM_KEYS = 1_000;

/** Makes, changes and removes keys, teams and users. What a maker must not see is as if it were not there. */
export class KeyAdmin {
  readonly #options: KeyAdminOptions;

  constructor(options: KeyAdminOptions) {
    this.#options = options;
  }

  /** @throws {GatewayError} as all of them: 400, 403, 404, 409, and 503 where the store does not answer. */
  async createKey(maker: Maker, given: Given): Promise<NewKey> {
    const key = newVirtualKey();
    const record = {
      ...this.#newRecord("key", maker, await this.#allowed("key", maker, withTeam(maker, given), null)),
      sha256: keyDigest(key),
      tail: key.slice(-4),
      previous: null,
    } as KeyRecord;
    requireTeam(record);
    if (maker.key !== null) await this.#requireRoom(record.team);
    await this.#create("key", record, maker, Object.keys(given));
    return { record, key };
  }

  async create<K extends "team" | "user">(kind: K, maker: Maker, given: Given): Promise<KeyRecords[K]> {
    requireMaster(maker, `make a ${kind}`);
    const record = this.#newRecord(kind, maker, await this.#allowed(kind, maker, given, null));
    await this.#create(kind, record, maker, Object.keys(given));
    return record;
  }

  async get<K extends RecordKind>(kind: K, maker: Maker, id: string): Promise<KeyRecords[K]> {
    const record = await reached(this.#options.store.get(kind, id));
    if (record === null || !isVisible(kind, maker, record)) throw absent(kind, id);
    return record;
  }

  async list<K extends RecordKind>(
    kind: K,
    maker: Maker,
    page: RecordPage,
  ): Promise<readonly KeyRecords[K][]> {
    if (maker.key === null) return await reached(this.#options.store.list(kind, page));
    const { team } = maker.key;
    if (kind === "team") {
      const own = page.after < team ? await reached(this.#options.store.get(kind, team)) : null;
      return own === null ? [] : [own];
    }
    if (page.team !== undefined && page.team !== team) return [];
    return await reached(this.#options.store.list(kind, { ...page, team }));
  }

  async update<K extends RecordKind>(
    kind: K,
    maker: Maker,
    id: string,
    given: Given,
  ): Promise<KeyRecords[K]> {
    return await this.#change(kind, maker, id, "updated", Object.keys(given), async (record) => {
      const next = { ...record, ...await this.#allowed(kind, maker, given, record) };
      if (kind === "key") requireTeam(next as KeyRecord);
      return next;
    });
  }

  setDisabled<K extends RecordKind>(
    kind: K,
    maker: Maker,
    id: string,
    disabled: boolean,
  ): Promise<KeyRecords[K]> {
    const what = disabled ? "disabled" : "enabled";
    return this.#change(kind, maker, id, what, [], (record) => Promise.resolve({ ...record, disabled }));
  }

  /** @param grace milliseconds for which what the key was before is good, too. */
  async rotate(maker: Maker, id: string, grace: number): Promise<NewKey> {
    const key = newVirtualKey();
    const until = this.#options.clock.wall() + grace;
    const record = await this.#change("key", maker, id, "rotated", [], (record) => {
      // Who rotates a key has it.
      if (maker.key !== null && !isBelow(maker.key, record)) {
        throw new GatewayError("permission_denied", `The key '${id}' may do what its manager may not.`);
      }
      const { sha256, tail } = record;
      return Promise.resolve({
        ...record,
        sha256: keyDigest(key),
        tail: key.slice(-4),
        previous: grace === 0 ? null : { sha256, tail, until },
      });
    });
    return { record, key };
  }

  async remove(kind: RecordKind, maker: Maker, id: string): Promise<void> {
    const { store } = this.#options;
    const record = await this.get(kind, maker, id);
    this.#requireChangeable(kind, maker, record);
    if (kind !== "key") {
      for (const of of kind === "team" ? ["key", "user"] as const : ["key"] as const) {
        const [member] = await reached(store.list(of, { after: "", limit: 1, [kind]: id }));
        if (member === undefined) continue;
        throw new GatewayError(
          "conflict",
          `The ${kind} '${id}' still has a ${of}, '${member.id}': remove it first, or disable the ${kind}.`,
        );
      }
    }
    const outcome = await reached(store.remove(kind, id, record.revision));
    if (outcome === "not_found") throw absent(kind, id);
    if (outcome === "conflict") throw overtaken(kind, id);
    this.#tell({ what: "deleted", kind, record, maker, fields: [] });
  }

  #newRecord<K extends RecordKind>(kind: K, maker: Maker, given: Given): KeyRecords[K] {
    const now = this.#options.clock.wall();
    const chosen = given["id"];
    return {
      ...defaultsOf(kind),
      ...given,
      id: typeof chosen === "string" && chosen !== "" ? chosen : newId(kind, now),
      disabled: false,
      created_at: now,
      updated_at: now,
      created_by: maker.id,
      revision: 1,
    } as unknown as KeyRecords[K];
  }

  async #create<K extends RecordKind>(
    kind: K,
    record: KeyRecords[K],
    maker: Maker,
    fields: readonly string[],
  ): Promise<void> {
    const { store, maxKeys } = this.#options;
    const outcome = await reached(store.create(kind, record, maxKeys));
    if (outcome === "conflict") {
      throw new GatewayError("conflict", `There is a ${kind} '${record.id}' already.`, { param: "id" });
    }
    if (outcome === "full") {
      throw new GatewayError(
        "too_many_keys",
        `There are ${maxKeys} ${kind}s, and there may be no more: remove those that nobody uses, or raise keys.max_keys.`,
      );
    }
    this.#tell({ what: "created", kind, record, maker, fields });
  }

  async #change<K extends RecordKind>(
    kind: K,
    maker: Maker,
    id: string,
    what: string,
    fields: readonly string[],
    change: (record: KeyRecords[K]) => Promise<KeyRecords[K]>,
  ): Promise<KeyRecords[K]> {
    const { store, clock } = this.#options;
    for (let tries = 0; tries < TRIES; tries++) {
      const before = await this.get(kind, maker, id);
      this.#requireChangeable(kind, maker, before);
      const record = { ...await change(before), revision: before.revision + 1, updated_at: clock.wall() };
      const outcome = await reached(store.replace(kind, record));
      if (outcome === "not_found") throw absent(kind, id);
      if (outcome === "conflict") continue;
      this.#tell({ what, kind, record, maker, fields });
      return record;
    }
    throw overtaken(kind, id);
  }

  /** What may be given, of it: held below the maker's, and naming a team and a user that are there. */
  async #allowed(
    kind: RecordKind,
    maker: Maker,
    given: Given,
    before: KeyRecords[RecordKind] | null,
  ): Promise<Given> {
    if (maker.key !== null) {
      const name = MASTER_ONLY.find((it) => Object.hasOwn(given, it));
      if (name !== undefined) {
        throw new GatewayError("permission_denied", `Only the master key may set '${name}'.`, {
          param: name,
        });
      }
    }
    // A new key has all fields, so that none is without the maker's bound.
    const whole = before === null ? { ...defaultsOf(kind), ...given } : given;
    if (kind !== "team") await this.#checkReferences(kind, maker, { ...before, ...whole });
    return maker.key === null || kind !== "key" ? whole : heldBelow(maker.key, whole);
  }

  async #checkReferences(kind: RecordKind, maker: Maker, record: Given): Promise<void> {
    const { store } = this.#options;
    const { team = "", user = "" } = record as { readonly team?: string; readonly user?: string };
    if (maker.key !== null && team !== maker.key.team) {
      throw new GatewayError(
        "permission_denied",
        `This key manages the keys of the team '${maker.key.team}'.`,
        {
          param: "team",
        },
      );
    }
    if (team !== "" && await reached(store.get("team", team)) === null) {
      throw invalid("team", `There is no team '${team}'.`);
    }
    if (kind === "user") return await this.#checkMove(record as Partial<UserRecord>);
    if (user === "") return;
    const found: UserRecord | null = await reached(store.get("user", user));
    if (found === null) throw invalid("user", `There is no user '${user}'.`);
    if (found.team !== team) {
      const its = found.team === "" ? "in no team" : `in the team '${found.team}'`;
      throw invalid("user", `The user '${user}' is ${its}, and so have to be its keys.`);
    }
  }

  /** Who has but a management key does not fill the store. */
  async #requireRoom(team: string): Promise<void> {
    const { store, maxTeamKeys = MAX_TEAM_KEYS } = this.#options;
    const keys = await reached(store.list("key", { after: "", limit: maxTeamKeys, team }));
    if (keys.length < maxTeamKeys) return;
    throw new GatewayError(
      "too_many_keys",
      `The team '${team}' has ${maxTeamKeys} keys: only the master key may make more. Remove those that nobody uses.`,
    );
  }

  /** The keys of a user are in its team. */
  async #checkMove({ id = "", team = "", revision }: Partial<UserRecord>): Promise<void> {
    if (revision === undefined) return;
    const { store } = this.#options;
    const keys = await reached(store.list("key", { after: "", limit: 1, user: id }));
    const [key] = keys;
    if (key === undefined || key.team === team) return;
    throw new GatewayError("conflict", `The user '${id}' has keys in another team, such as '${key.id}'.`, {
      param: "team",
    });
  }

  #requireChangeable(kind: RecordKind, maker: Maker, record: KeyRecords[RecordKind]): void {
    if (kind !== "key") requireMaster(maker, `change a ${kind}`);
    else if ((record as KeyRecord).role === "management") requireMaster(maker, "change a management key");
  }

  #tell(change: KeyChange): void {
    this.#options.onChange(change);
  }
}

function requireTeam({ role, team }: KeyRecord): void {
  if (role !== "management" || team !== "") return;
  throw invalid("team", "A management key has to be in a team, whose keys it manages.");
}

/** A manager's keys are in its team. */
function withTeam({ key }: Maker, given: Given): Given {
  return key === null || Object.hasOwn(given, "team") ? given : { ...given, team: key.team };
}

function isVisible(kind: RecordKind, { key }: Maker, record: KeyRecords[RecordKind]): boolean {
  if (key === null) return true;
  return kind === "team" ? record.id === key.team : (record as UserRecord).team === key.team;
}

function requireMaster({ key }: Maker, what: string): void {
  if (key !== null) throw new GatewayError("permission_denied", `Only the master key may ${what}.`);
}

function absent(kind: RecordKind, id: string): GatewayError {
  return new GatewayError("not_found", `There is no ${kind} '${id.slice(0, 100)}'.`);
}

function overtaken(kind: RecordKind, id: string): GatewayError {
  return new GatewayError("conflict", `The ${kind} '${id}' is being changed by others: try again.`);
}

function invalid(param: string, message: string): GatewayError {
  return new GatewayError("invalid_request", message, { param });
}

/** The time, so that they are in the order in which they were made, and 128 bits of chance. */
function newId(kind: RecordKind, now: number): string {
  const random = crypto.getRandomValues(new Uint8Array(RANDOM_BYTES)).toHex();
  return `${kind}_${now.toString(16).padStart(12, "0")}${random}`;
}

async function reached<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw new GatewayError("key_store_unavailable", "The store of keys does not answer.", {
      cause,
      retryAfter: 1,
    });
  }
}
