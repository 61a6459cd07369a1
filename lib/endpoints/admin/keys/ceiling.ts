import { Network } from "../../../address.ts";
import { GatewayError } from "../../../errors.ts";
import { Patterns } from "../../../stores/key_access.ts";
import type { Budget, KeyRecord } from "../../../stores/key_records.ts";
import type { Given } from "./read_record.ts";

/** How one field is held below the maker's. */
interface Bound {
  /** What becomes of null, which would be more than the maker's. */
  fill(value: unknown, most: unknown): unknown;
  /** Of what is not null on either side: what is too much; null: nothing. */
  excess(value: unknown, most: unknown): string | null;
}

const inherited: Bound["fill"] = (value, most) => value ?? most;

function within(covers: (all: readonly string[]) => (item: string) => boolean): Bound {
  return {
    fill: inherited,
    excess(value, most) {
      const isCovered = covers(most as readonly string[]);
      const more = (value as readonly string[]).find((item) => !isCovered(item));
      const all = (most as readonly string[]).join(", ");
      return more === undefined ? null : `'${more}' is not among its own (${all === "" ? "none" : all})`;
    },
  };
}

const NAMES = within((all) => {
  const patterns = new Patterns(all);
  return (item) => patterns.matches(item);
});

const NUMBER: Bound = {
  fill: inherited,
  excess: (value, most) => Number(value) > Number(most) ? `${value} is more than its ${most}` : null,
};

const BOUNDS: Readonly<Record<string, Bound>> = {
  models: NAMES,
  routes: NAMES,
  addresses: within((all) => {
    const networks = all.map((text) => new Network(text));
    return (item) => networks.some((network) => network.covers(new Network(item)));
  }),
  expires_at: {
    fill: inherited,
    excess: (value, most) =>
      Number(value) > Number(most)
        ? `it would end after its maker, ${new Date(Number(most)).toISOString()}`
        : null,
  },
  rpm: NUMBER,
  tpm: NUMBER,
  max_parallel: NUMBER,
  budgets: {
    fill(value, most) {
      const own = value as readonly Budget[];
      return [...own, ...(most as readonly Budget[]).filter(({ per }) => own.every((it) => it.per !== per))];
    },
    excess(value, most) {
      for (const { per, usd } of value as readonly Budget[]) {
        const its = (most as readonly Budget[]).find((it) => it.per === per);
        if (its !== undefined && usd > its.usd) return `${usd} USD a ${per} is more than its ${its.usd}`;
      }
      return null;
    },
  },
};

/**
 * The fields that are given, held below a maker's: what would be without a bound gets the maker's.
 * @throws {GatewayError} 403 where one is more than the maker's.
 */
export function heldBelow(maker: KeyRecord, given: Given): Given {
  const held: Record<string, unknown> = { ...given };
  for (const [name, bound] of Object.entries(BOUNDS)) {
    if (!Object.hasOwn(given, name)) continue;
    const most = maker[name as keyof KeyRecord];
    const value = bound.fill(given[name], most);
    const excess = value === null || most === null ? null : bound.excess(value, most);
    if (excess !== null) {
      throw new GatewayError(
        "permission_denied",
        `A key may not do what its maker may not, and with '${name}' it would: ${excess}.`,
        { param: name },
      );
    }
    held[name] = value;
  }
  return held;
}

/** Whether a key may do nothing that its maker may not, as it is. */
export function isBelow(maker: KeyRecord, record: KeyRecord): boolean {
  const values = record as unknown as Given;
  const given = Object.fromEntries(Object.keys(BOUNDS).map((name) => [name, values[name]]));
  try {
    const held = heldBelow(maker, given);
    return JSON.stringify(held) === JSON.stringify(given);
  } catch (error) {
    if (error instanceof GatewayError) return false;
    throw error;
  }
}
