import type { Clock } from "../../clock.ts";
import { dayOf } from "../limits/budget_windows.ts";
import {
  SPEND_DIMENSIONS,
  SPEND_FIGURES,
  type SpendPlace,
  type SpendRow,
  type SpendStore,
} from "../spend_store.ts";
import type { Taken, Transfer, TransferFilter, TransferRecord } from "./transfer.ts";
import { TransferError } from "./transfer_error.ts";

const DAY_MS = 86_400_000;
/** Before all that was ever spent. */
const BEGINNING = "0000-01-01";

/** What was spent: a record a day and place. It is nobody's: of one owner there is none. */
export class SpendTransfer implements Transfer {
  readonly kinds = ["spend"] as const;
  readonly #store: SpendStore;
  readonly #clock: Clock;

  constructor(store: SpendStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  async *records({ owner, since }: TransferFilter): AsyncGenerator<TransferRecord> {
    if (owner !== null) return;
    const ever = { since: BEGINNING, until: dayOf(this.#clock.wall()), where: {} };
    const days = (await this.#store.sum(ever, ["day"])).map(({ values }) => values[0] ?? "").sort();
    for (const day of days) {
      // It may have changed until it was over.
      const at = Date.parse(`${day}T00:00:00Z`) + DAY_MS - 1;
      if (at < since) continue;
      yield* this.#recordsOf(day, at);
    }
  }

  /** By key, so that no answer of the store is too long. */
  async *#recordsOf(day: string, at: number): AsyncGenerator<TransferRecord> {
    const that = { since: day, until: day };
    for (const { values: [key = ""] } of await this.#store.sum({ ...that, where: {} }, ["key"])) {
      for (const sum of await this.#store.sum({ ...that, where: { key } }, SPEND_DIMENSIONS)) {
        const place = Object.fromEntries(SPEND_DIMENSIONS.map((name, i) => [name, sum.values[i] ?? ""]));
        const figures = Object.fromEntries(SPEND_FIGURES.map((name) => [name, sum[name]]));
        yield { kind: "spend", owner: null, at, value: { ...place, ...figures } };
      }
    }
  }

  /** Where something was spent on that day already, by the same for the same, that stays as it stands. */
  async take({ value }: TransferRecord, tell: (taken: Taken) => void): Promise<void> {
    const row = rowOf(value);
    const { day } = row.place;
    const [known] = await this.#store.sum({ since: day, until: day, where: row.place }, []);
    if (known !== undefined && SPEND_FIGURES.some((name) => known[name] > 0)) return tell("there");
    await this.#store.add({ id: crypto.randomUUID(), rows: [row] });
    tell("added");
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  async close(): Promise<void> {
    await this.#store.close();
  }
}

function rowOf(value: TransferRecord["value"]): SpendRow {
  const good = SPEND_DIMENSIONS.every((name) => typeof value[name] === "string") &&
    SPEND_FIGURES.every((name) => Number.isSafeInteger(value[name]) && Number(value[name]) >= 0) &&
    /^\d{4}-\d\d-\d\d$/.test(String(value["day"]));
  if (!good) throw new TransferError("it is no spend");
  const place = Object.fromEntries(SPEND_DIMENSIONS.map((name) => [name, String(value[name])])) as SpendPlace;
  const [requests = 0, inputTokens = 0, outputTokens = 0, nanoUsd = 0] = SPEND_FIGURES.map((name) =>
    Number(value[name])
  );
  return { place, requests, inputTokens, outputTokens, nanoUsd };
}
