import type { Clock } from "../../clock.ts";
import { RedisClient, type RedisClientOptions } from "../redis/redis_client.ts";
import type { RedisScript } from "../redis/redis_script.ts";
import type {
  LimitAmounts,
  LimitDecision,
  LimitHold,
  LimitRefusal,
  LimitRule,
  LimitStore,
} from "../limit_store.ts";
import { BudgetWindows } from "./budget_windows.ts";
import { amountOf, longer, PARALLEL_WAIT_MS } from "./judge.ts";
import { LEARN, PEEK, RENEW, SETTLE, TAKE } from "./redis_scripts.ts";
import { SLICE_MS, WINDOW_SLICES } from "./sliding_count.ts";

export interface RedisLimitOptions extends RedisClientOptions {
  /** Before each key, so that several may share a database. */
  readonly prefix: string;
}

/** What a process holds it says anew in time; what it does not, since it died, comes back after so long. */
const LEASE_MS = 60_000;
const RENEW_EACH = 15_000;
/** Leases that are renewed by one command. */
const RENEWED_AT_ONCE = 200;
/** Counters that one command looks at, so that it holds up no decision for long. */
const PEEKED_AT_ONCE = 100;
const COUNTED = WINDOW_SLICES + 1;
const WINDOW_TTL = COUNTED * SLICE_MS * 2;
const PARALLEL_TTL = LEASE_MS * 2;
/** After a budget's period its counter is needed by what is still under way. */
const BUDGET_TTL_BEYOND = 86_400_000;

const KINDS = { requests: "w", tokens: "w", parallel: "p", budget: "b" } as const;

interface Lease {
  readonly counter: string;
  readonly leases: string;
  /** With its amount. */
  readonly member: string;
}

/** In a Redis or Valkey server (5 or newer), the same for any number of processes. */
export class RedisLimitStore implements LimitStore {
  readonly backend = "redis";
  readonly #client: RedisClient;
  readonly #clock: Clock;
  readonly #prefix: string;
  readonly #windows = new BudgetWindows();
  readonly #process = crypto.randomUUID().slice(0, 13);
  #lastLease = 0;
  readonly #leases = new Map<string, readonly Lease[]>();
  readonly #stopRenewing: () => void;

  private constructor(client: RedisClient, { prefix, clock }: RedisLimitOptions) {
    this.#client = client;
    this.#clock = clock;
    this.#prefix = `{${prefix}limits}:`;
    this.#stopRenewing = clock.every(RENEW_EACH, () => void this.renew());
  }

  static open(options: RedisLimitOptions): RedisLimitStore {
    return new RedisLimitStore(RedisClient.open(options), options);
  }

  async take(rules: readonly LimitRule[], needed: LimitAmounts): Promise<LimitDecision> {
    const id = `${this.#process}-${(this.#lastLease++).toString(36)}`;
    const places = rules.map((rule) => this.#placeOf(rule));
    const found = await this.#run(
      TAKE,
      places.flatMap(({ keys }) => keys),
      [id, LEASE_MS, SLICE_MS, COUNTED].map(String).concat(rules.flatMap((rule, i) => {
        const amount = amountOf(rule, needed);
        return [
          KINDS[rule.kind],
          `${rule.limit}`,
          Number.isNaN(amount) ? "" : `${amount}`,
          `${places[i]?.ttl}`,
        ];
      })),
    );
    const answer = (Array.isArray(found) ? found : []).map(Number);
    const [passed = 0, slice = 0, into = 0, ...states] = answer;
    const resetMs = COUNTED * SLICE_MS - into;
    const used = rules.map((_, i) => states[2 * i] ?? NaN);
    if (passed !== 1) {
      const refusal = rules.reduce<LimitRefusal | null>((worst, rule, i) => {
        const wait = states[2 * i + 1] ?? PASSES;
        if (wait === PASSES) return worst;
        return longer(worst, { rule, waitMs: wait >= 0 ? wait : this.#waitOf(rule, needed) });
      }, null);
      return { hold: null, refusal, used, resetMs, degraded: false };
    }
    const taken = rules.map((rule) => known(amountOf(rule, needed)));
    const leases = rules.flatMap(({ kind }, i): Lease[] => {
      const [counter, leases] = places[i]?.keys ?? ["", ""];
      return KINDS[kind] === "w" ? [] : [{ counter, leases, member: `${id}|${taken[i]}` }];
    });
    if (leases.length > 0) this.#leases.set(id, leases);
    return {
      hold: this.#hold(id, rules, places, taken, slice),
      refusal: null,
      used: used.map((before, i) => before + (taken[i] ?? 0)),
      resetMs,
      degraded: false,
    };
  }

  async peek(rules: readonly LimitRule[]): Promise<number[]> {
    const used: number[] = [];
    for (let from = 0; from < rules.length; from += PEEKED_AT_ONCE) {
      const some = rules.slice(from, from + PEEKED_AT_ONCE);
      const found = await this.#run(
        PEEK,
        some.flatMap((rule) => this.#placeOf(rule).keys),
        [`${SLICE_MS}`, `${COUNTED}`, ...some.map(({ kind }) => KINDS[kind])],
      );
      used.push(...some.map((_, i) => Number(Array.isArray(found) ? found[i] ?? 0 : 0)));
    }
    return used;
  }

  async learn(rule: LimitRule, nanoUsd: number): Promise<void> {
    const { keys: [counter], ttl } = this.#placeOf(rule);
    await this.#run(LEARN, [counter], [`${nanoUsd}`, `${ttl}`]);
  }

  /** Says that what this process holds is still held. */
  async renew(): Promise<void> {
    const leases = [...this.#leases.values()].flat();
    for (let from = 0; from < leases.length; from += RENEWED_AT_ONCE) {
      const some = leases.slice(from, from + RENEWED_AT_ONCE);
      try {
        await this.#run(
          RENEW,
          some.flatMap(({ counter, leases }) => [counter, leases]),
          [`${LEASE_MS}`, ...some.map(({ member }) => member)],
        );
      } catch {
        // It says so itself; the next time they are made anew.
        return;
      }
    }
  }

  failure(): string | null {
    return this.#client.failure;
  }

  close(): void {
    this.#stopRenewing();
    this.#client.close();
  }

  #hold(
    id: string,
    rules: readonly LimitRule[],
    places: readonly Place[],
    taken: readonly number[],
    slice: number,
  ): LimitHold {
    let settled = false;
    return {
      settle: async (used) => {
        if (settled) return [];
        settled = true;
        this.#leases.delete(id);
        try {
          const found = await this.#run(
            SETTLE,
            places.flatMap(({ keys }) => keys),
            [id, `${slice}`, `${SLICE_MS}`, `${COUNTED}`].concat(rules.flatMap((rule, i) => [
              KINDS[rule.kind],
              `${taken[i]}`,
              `${known(amountOf(rule, used))}`,
              `${places[i]?.ttl}`,
            ])),
          );
          const spent = Array.isArray(found) ? found.map(Number) : [];
          return rules.map((_, i) => (spent[i] ?? -1) < 0 ? NaN : spent[i] ?? NaN);
        } catch {
          // The lease ends by itself, and what was spent is learnt from the account.
          return rules.map(() => NaN);
        }
      },
    };
  }

  #placeOf({ id, kind, period }: LimitRule): Place {
    if (period === null) {
      const counter = `${this.#prefix}${id}`;
      return { keys: [counter, `${counter}:held`], ttl: KINDS[kind] === "w" ? WINDOW_TTL : PARALLEL_TTL };
    }
    const wall = this.#clock.wall();
    const { firstDay, endsAt } = this.#windows.at(period, wall);
    const counter = `${this.#prefix}${id}:${firstDay}`;
    return { keys: [counter, `${counter}:held`], ttl: Math.round(endsAt - wall + BUDGET_TTL_BEYOND) };
  }

  #waitOf({ kind, period, limit }: LimitRule, needed: LimitAmounts): number {
    if (kind === "parallel") return PARALLEL_WAIT_MS;
    if (period === null || needed.nanoUsd > limit) return Infinity;
    const wall = this.#clock.wall();
    return this.#windows.at(period, wall).endsAt - wall;
  }

  #run(script: RedisScript, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    const [first, ...others] = keys;
    if (first === undefined) throw new Error("Cannot decide: there are no limits");
    return this.#client.script(script, [first, ...others], args);
  }
}

interface Place {
  /** Its counter, and the leases of what is under way. */
  readonly keys: readonly [string, string];
  /** Milliseconds for which they are kept. */
  readonly ttl: number;
}

/** In place of a wait: the rule does not refuse. */
const PASSES = -2;

function known(amount: number): number {
  return Number.isNaN(amount) ? 0 : amount;
}
