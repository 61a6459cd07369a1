import { requestRow } from "../../../telemetry/projections/request_row.ts";
import { handedRecords } from "../../../telemetry/projections/handed_records.ts";
import type { RequestRecord } from "../../../telemetry/projections/record_fields.ts";
import { RecordReader } from "../../../telemetry/projections/record_reader.ts";
import type { RequestFilter, RequestPage, RequestQuery, StoredRow } from "../../request_store.ts";
import { conditionOf, type Dialect } from "../../requests/condition.ts";
import { hashOf, mayBeId, MOST_OF_AN_ID } from "../../requests/id_hash.ts";
import { endOf } from "../../requests/row_columns.ts";
import { sameRequest } from "../../requests/same_request.ts";
import { SearchSteps } from "../../requests/search_steps.ts";
import type { PostgresClient, Row, Value } from "../postgres_client.ts";
import { kept } from "../text.ts";
import type { Names } from "./names.ts";

export interface Found {
  readonly id: number;
  readonly record: RequestRecord;
}

/** $1 and $2 are the ids between which is searched. */
const DIALECT: Dialect = { place: (n) => `$${n + 2}`, position: "strpos" };
/** Rows of later ends may have been committed before: they waited for the database, or clocks differ; milliseconds. */
const DISORDER = 600_000;
const BOUNDS = `
SELECT min(id) AS first, max(id) AS last,
  (SELECT id FROM request_rows WHERE ended >= $1 ORDER BY ended LIMIT 1) AS from_id,
  (SELECT id FROM request_rows WHERE ended < $2 ORDER BY ended DESC LIMIT 1) AS to_id
FROM request_rows`;
/** In the order of time, more than all. */
const NEVER = 1e15;
const BY_ID = "SELECT id, record FROM request_rows WHERE id = $1";
const BY_HASH = `
SELECT id, record FROM request_rows WHERE request_hash = $1 OR (trace_hash = $1 AND trace_hash > 0)
ORDER BY id DESC LIMIT ${4 * MOST_OF_AN_ID}`;

/** What is exported at a time: records may be large. */
const FROM_END = `
SELECT id, ended, record FROM request_rows WHERE ended >= $1 AND (ended, id) > ($1, $2)
ORDER BY ended, id LIMIT 100`;
const SAME = `
SELECT id, record FROM request_rows
WHERE (request_hash, ended) IN (SELECT * FROM unnest($1::bigint[], $2::bigint[]))`;

export interface StoredRecord {
  readonly id: number;
  readonly ended: number;
  readonly record: Uint8Array;
}

/** Finds rows, newest first. However many there are and however few match, a page takes a bounded time. */
export class List {
  readonly #client: PostgresClient;
  readonly #names: Names;

  constructor(client: PostgresClient, names: Names) {
    this.#client = client;
    this.#names = names;
  }

  /** @param slowMs milliseconds after which a success was slow, as its row says; 0: never. */
  async list(
    { filter: asked, before, after, limit }: RequestQuery,
    slowMs: number,
  ): Promise<RequestPage> {
    const filter = whole(asked);
    const { text = "" } = filter;
    if (mayBeId(text) && before === undefined && after === undefined) {
      const found = await this.#withIdAnd(text, filter, slowMs);
      if (found.length > 0) return { rows: found.slice(0, limit), next: null, partial: false };
    }
    const condition = conditionOf(filter, await this.#names.lookUp(filter), DIALECT);
    const range = condition === null ? null : await this.#between(filter);
    if (range === null || condition === null) return { rows: [], next: null, partial: false };
    const forward = after !== undefined;
    const steps = new SearchSteps({
      first: forward ? Math.max(range.first, after + 1) : range.first,
      last: before === undefined ? range.last : Math.min(range.last, before - 1),
      forward,
    });
    const { sql, values } = condition;
    const search = `SELECT id, record FROM request_rows WHERE id BETWEEN $1 AND $2 AND ${sql} ` +
      `ORDER BY id ${forward ? "ASC" : "DESC"} LIMIT $${values.length + 3}`;
    const rows: StoredRow[] = [];
    for (let more = !steps.done; more;) {
      const { low, high } = steps.begin();
      const found = await this.#client.run(search, [low, high, ...values, limit - rows.length]);
      rows.push(...found.map((row) => shown(foundOf(row), slowMs)));
      if (rows.length >= limit) break;
      more = steps.end({ low, high });
    }
    const full = rows.length >= limit;
    return {
      rows,
      next: full ? rows.at(-1)?.id ?? null : steps.done ? null : steps.reached,
      partial: !full && !steps.done,
    };
  }

  async byId(id: number): Promise<Found | null> {
    const [row] = await this.#client.run(BY_ID, [id]);
    return row === undefined ? null : foundOf(row);
  }

  /** Those of a request or a trace by its id, the newest first. */
  async withId(text: string): Promise<Found[]> {
    const rows = await this.#client.run(BY_HASH, [hashOf(text)]);
    return rows.map(foundOf).filter(({ record: { exchange } }) =>
      exchange.requestId === text || (exchange.traced && exchange.traceId === text)
    ).slice(0, MOST_OF_AN_ID);
  }

  /** Some records, in the order of their ends. @param id of the last one that is known of this moment; 0: none. */
  async recordsFrom(ended: number, id: number): Promise<StoredRecord[]> {
    const rows = await this.#client.run(FROM_END, [ended, id]);
    return rows.map((row) => ({
      id: Number(row["id"]),
      ended: Number(row["ended"]),
      record: row["record"] as Uint8Array,
    }));
  }

  /** Which of a batch's records are kept, in their order. */
  async has(batch: Uint8Array): Promise<boolean[]> {
    const given = handedRecords(batch).map(({ exchange }) => exchange);
    const rows = await this.#client.run(SAME, [
      given.map(({ requestId }) => hashOf(requestId)),
      given.map((exchange) => endOf(exchange)),
    ]);
    const there = Map.groupBy(rows.map((row) => foundOf(row).record.exchange), ({ requestId }) => requestId);
    return given.map((it) => there.get(it.requestId)?.some((other) => sameRequest(it, other)) ?? false);
  }

  async #withIdAnd(text: string, filter: RequestFilter, slowMs: number): Promise<StoredRow[]> {
    const found = await this.withId(text);
    if (found.length === 0) return [];
    const rest = { ...filter, text: "" };
    const condition = conditionOf(rest, await this.#names.lookUp(rest), DIALECT);
    if (condition === null) return [];
    const ids = found.map(({ id }) => id);
    const { sql, values } = condition;
    const rows = await this.#client.run(
      `SELECT id FROM request_rows WHERE id BETWEEN $1 AND $2 AND ${sql} AND id = ANY($${
        values.length + 3
      }::bigint[])`,
      [Math.min(...ids), Math.max(...ids), ...values, ids],
    );
    const matching = new Set(rows.map(({ id }) => Number(id)));
    return found.filter(({ id }) => matching.has(id)).map((it) => shown(it, slowMs));
  }

  /** The ids between which rows of a time are; null: there are none. */
  async #between({ from, to }: RequestFilter): Promise<{ first: number; last: number } | null> {
    const times: Value[] = [
      from === undefined ? NEVER : from - DISORDER,
      to === undefined ? 0 : to + DISORDER,
    ];
    const [row] = await this.#client.run(BOUNDS, times);
    if (row === undefined || row["first"] === null) return null;
    const since = from === undefined ? row["first"] : row["from_id"];
    const until = to === undefined ? row["last"] : row["to_id"];
    return since === null || until === null ? null : { first: Number(since), last: Number(until) };
  }
}

function shown({ id, record }: Found, slowMs: number): StoredRow {
  return { id, ...requestRow(record.exchange, slowMs) };
}

function foundOf(row: Row): Found {
  const record = new RecordReader(row["record"] as Uint8Array).next();
  if (record === null) throw new Error(`The row ${row["id"]} has no record`);
  return { id: Number(row["id"]), record };
}

/** Times are whole milliseconds, and texts such as the database keeps. */
function whole(filter: RequestFilter): RequestFilter {
  const { from, to, text } = filter;
  return {
    ...filter,
    from: from === undefined ? undefined : Math.ceil(from),
    to: to === undefined ? undefined : Math.ceil(to),
    text: text === undefined ? undefined : kept(text),
  };
}
