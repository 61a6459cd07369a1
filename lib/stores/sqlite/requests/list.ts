import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { RequestRecord } from "../../../telemetry/projections/record_fields.ts";
import { requestRow } from "../../../telemetry/projections/request_row.ts";
import type { RequestFilter, RequestPage, RequestQuery, StoredRow } from "../../request_store.ts";
import { conditionOf, type Dialect } from "../../requests/condition.ts";
import { mayBeId, MOST_OF_AN_ID } from "../../requests/id_hash.ts";
import { endOf } from "../../requests/row_columns.ts";
import { sameRequest } from "../../requests/same_request.ts";
import { PATIENCE, SearchSteps } from "../../requests/search_steps.ts";
import type { Statements } from "../statements.ts";
import { IdIndex } from "./id_index.ts";
import { Moments } from "./moments.ts";
import type { Names } from "./names.ts";
import type { Records } from "./records.ts";
import { Zones } from "./zones.ts";

/** Rows that are looked at one by one without a look at the clock. */
const LONGEST_SCAN = 131_072;
const DIALECT: Dialect = { place: () => "?", position: "instr" };

interface Place {
  readonly id: number;
  readonly block: number;
  readonly place: number;
}

/** Finds rows, newest first. However many there are and however few match, a page takes a bounded time. */
export class List {
  readonly #names: Names;
  readonly #records: Records;
  readonly #moments: Moments;
  readonly #byId: StatementSync;
  readonly #endedThen: StatementSync;
  readonly #next: StatementSync;
  readonly #ids: IdIndex;
  readonly #zones: Zones;
  readonly #statements: Statements;

  constructor(
    database: DatabaseSync,
    statements: Statements,
    names: Names,
    records: Records,
  ) {
    this.#statements = statements;
    this.#names = names;
    this.#records = records;
    this.#moments = new Moments(database);
    this.#byId = database.prepare("SELECT id, block, place FROM rows WHERE id = ?");
    this.#endedThen = database.prepare("SELECT id, block, place FROM rows WHERE id = ? AND ended = ?");
    this.#next = database.prepare("SELECT id, block, place FROM rows WHERE id >= ? ORDER BY id LIMIT 1");
    this.#ids = new IdIndex(database);
    this.#zones = new Zones(database);
  }

  /** @param slowMs milliseconds after which a success was slow, as its row says; 0: never. */
  list({ filter, before, after, limit }: RequestQuery, slowMs: number): RequestPage {
    // What looking for an id takes is part of it.
    const end = performance.now() + PATIENCE;
    const { text = "" } = filter;
    if (mayBeId(text) && before === undefined && after === undefined) {
      const found = this.withId(text, slowMs, filter)
        .filter((row) => this.#matches(row.id, { ...filter, text: "" }));
      if (found.length > 0) return { rows: found.slice(0, limit), next: null, partial: false };
    }
    const range = this.#moments.between(filter.from, filter.to);
    const condition = conditionOf(filter, this.#names, DIALECT);
    if (range === null || condition === null) return { rows: [], next: null, partial: false };
    const forward = after !== undefined;
    const first = forward ? Math.max(range.first, after + 1) : range.first;
    const last = before === undefined ? range.last : Math.min(range.last, before - 1);
    const search = this.#statement(condition.sql, condition.index, forward ? "ASC" : "DESC");
    const places: Place[] = [];
    const steps = new SearchSteps({ first, last, forward }, {
      end,
      longest: condition.index === "" ? LONGEST_SCAN : Infinity,
    });
    for (let more = !steps.done; more;) {
      const step = steps.begin();
      const spans = this.#zones.with(condition.words, step);
      for (const { low, high } of forward ? spans : spans.toReversed()) {
        for (const row of search.all(low, high, ...condition.values, limit - places.length)) {
          places.push(placeIn(row));
        }
        if (places.length >= limit) break;
      }
      if (places.length >= limit) break;
      more = steps.end(step);
    }
    const full = places.length >= limit;
    return {
      rows: places.flatMap((place) => this.row(place, slowMs) ?? []),
      next: full ? places.at(-1)?.id ?? null : steps.done ? null : steps.reached,
      partial: !full && !steps.done,
    };
  }

  /** Rows of a request or a trace by its id, the newest first. @param time where they are looked for. */
  withId(
    text: string,
    slowMs: number,
    { from, to }: Pick<RequestFilter, "from" | "to"> = {},
  ): StoredRow[] {
    const range = this.#moments.between(from, to);
    if (range === null) return [];
    const found: StoredRow[] = [];
    for (const id of this.#ids.find(text, range.first, range.last)) {
      const row = this.rowOf(id, slowMs);
      if (row === null || found.some((it) => it.id === id)) continue;
      if (row.request_id === text || row.trace_id === text) found.push(row);
      if (found.length >= MOST_OF_AN_ID) break;
    }
    return found;
  }

  rowOf(id: number, slowMs: number): StoredRow | null {
    const place = this.placeOf(id);
    return place === null ? null : this.row(place, slowMs);
  }

  placeOf(id: number): Place | null {
    return placeIn(this.#byId.get(id));
  }

  /** The first row after one that may have ended at `since` or later. */
  after(id: number, since: number): Place | null {
    const range = this.#moments.between(since, undefined);
    return range === null ? null : placeIn(this.#next.get(Math.max(id + 1, range.first)));
  }

  has({ exchange }: RequestRecord): boolean {
    const ended = endOf(exchange);
    const range = this.#moments.between(ended, ended);
    if (range === null) return false;
    for (const id of this.#ids.find(exchange.requestId, range.first, range.last)) {
      const place = placeIn(this.#endedThen.get(id, ended));
      const there = place === null ? null : this.#records.at(place.block, place.place);
      if (there !== null && sameRequest(there.exchange, exchange)) return true;
    }
    return false;
  }

  row({ id, block, place }: Place, slowMs: number): StoredRow | null {
    const record = this.#records.at(block, place);
    return record === null ? null : { id, ...requestRow(record.exchange, slowMs) };
  }

  #matches(id: number, filter: RequestFilter): boolean {
    const condition = conditionOf(filter, this.#names, DIALECT);
    if (condition === null) return false;
    return this.#statement(condition.sql, "", "DESC").all(id, id, ...condition.values, 1).length > 0;
  }

  #statement(condition: string, index: string, order: "ASC" | "DESC"): StatementSync {
    const by = index === "" ? "NOT INDEXED" : `INDEXED BY ${index}`;
    return this.#statements.of(
      `SELECT id, block, place FROM rows ${by} WHERE id BETWEEN ? AND ? AND ${condition} ` +
        `ORDER BY id ${order} LIMIT ?`,
    );
  }
}

type Columns = Readonly<Record<string, unknown>>;

function placeIn(row: Columns): Place;
function placeIn(row: Columns | undefined): Place | null;
function placeIn(row: Columns | undefined): Place | null {
  if (row === undefined) return null;
  return { id: Number(row["id"]), block: Number(row["block"]), place: Number(row["place"]) };
}
