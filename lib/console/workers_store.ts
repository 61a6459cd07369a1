import type {
  EndedSession,
  EndedSessionStore,
  FieldValue,
  ListedField,
  RequestPage,
  RequestQuery,
  RequestStoreState,
  StatisticsLine,
  StatisticsQuery,
  StoredDetail,
  StoredTrace,
} from "../stores/request_store.ts";
import type { AskedStore } from "./answering_store.ts";
import { sumOf } from "./figures.ts";

/** What is asked of the store of each worker. */
export type KeptMethod = Exclude<keyof AskedStore | keyof EndedSessionStore, "backend" | "failure">;

/** What each worker's store answers, in the order of their numbers; null: it did not. */
export type AskEach = (
  method: KeptMethod,
  args: readonly unknown[],
) => Promise<readonly { readonly answer: { readonly value: unknown } | null }[]>;

/**
 * The stores of workers that keep requests in memory, each its own, as far as they can be looked at as one. Figures
 * are those of all. Rows are those of the first worker, whichever is asked: each numbers its own, so that an id means
 * another request to another worker.
 */
export class WorkersStore implements AskedStore, EndedSessionStore {
  readonly backend = "memory";
  readonly #ask: AskEach;

  constructor(ask: AskEach) {
    this.#ask = ask;
  }

  list(query: RequestQuery): Promise<RequestPage> {
    return this.#first("list", query);
  }

  find(id: number): Promise<StoredDetail | null> {
    return this.#first("find", id);
  }

  trace(traceId: string): Promise<StoredTrace | null> {
    return this.#first("trace", traceId);
  }

  state(): Promise<RequestStoreState> {
    return this.#first("state");
  }

  async statistics(query: StatisticsQuery): Promise<readonly StatisticsLine[]> {
    const lines = await this.#all<StatisticsLine>("statistics", query);
    return [...Map.groupBy(lines, ({ start, name }) => `${start} ${name}`).values()]
      .flatMap((same) =>
        same[0] === undefined ? [] : [{ ...sumOf(same, same[0].name), start: same[0].start }]
      )
      .sort((a, b) => a.start - b.start);
  }

  async values(field: ListedField): Promise<readonly FieldValue[]> {
    const all = await this.#all<FieldValue>("values", field);
    return [...new Map(all.map((it) => [it.value, it])).values()]
      .sort((a, b) => a.label < b.label ? -1 : a.label > b.label ? 1 : 0);
  }

  /** Each is told, so that it is known as long as one of them lives. */
  async endSession(session: EndedSession): Promise<void> {
    await this.#ask("endSession", [session]);
  }

  async endedSessions(): Promise<readonly EndedSession[]> {
    const all = await this.#all<EndedSession>("endedSessions");
    return [...new Map(all.map((it) => [it.id, it])).values()];
  }

  failure(): null {
    return null;
  }

  async #first<T>(method: KeptMethod, ...args: readonly unknown[]): Promise<T> {
    const [first] = await this.#ask(method, args);
    if (!first?.answer) throw new Error("A worker did not answer");
    return first.answer.value as T;
  }

  /** Of those that answer: one that is being replaced is missed for a moment. */
  async #all<T>(method: KeptMethod, ...args: readonly unknown[]): Promise<T[]> {
    const all = await this.#ask(method, args);
    return all.flatMap(({ answer }) => answer === null ? [] : answer.value as readonly T[]);
  }
}
