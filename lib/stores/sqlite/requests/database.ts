import { handedRecords } from "../../../telemetry/projections/handed_records.ts";
import { RecordReader } from "../../../telemetry/projections/record_reader.ts";
import type { StoredDetail, StoryOptions } from "../../request_store.ts";
import { storyOf, traceOf } from "../../requests/story.ts";
import type { CommandTable, DatabaseKind } from "../database.ts";
import { Statements } from "../statements.ts";
import { Append } from "./append.ts";
import type { RequestCommands, RequestLimits } from "./commands.ts";
import { EndedSessionTable } from "./ended_session_table.ts";
import { List } from "./list.ts";
import { Names } from "./names.ts";
import { Records } from "./records.ts";
import { Retention } from "./retention.ts";
import { MIGRATIONS } from "./schema.ts";
import { Statistics } from "./statistics.ts";
import type { DatabaseSync } from "node:sqlite";

/** Between two times that old figures are removed, milliseconds. */
const SWEEP_EACH = 60_000;

/** Finished requests and their figures. */
export const requests: DatabaseKind = {
  // "lgwR"
  applicationId: 0x6c677752,
  migrations: MIGRATIONS,
  commands: (database, options) => commands(database, options as RequestLimits),
};

function commands(
  database: DatabaseSync,
  options: RequestLimits,
): Omit<CommandTable<RequestCommands>, "probe"> {
  const statements = new Statements(database);
  const names = new Names(database);
  const records = new Records(database);
  const append = new Append(database, names);
  const list = new List(database, statements, names, records);
  const statistics = new Statistics(statements, names);
  const retention = new Retention(database, statements, options);
  const ended = new EndedSessionTable(database);
  let swept = -Infinity;

  function find(id: number, told: StoryOptions): StoredDetail | null {
    const place = list.placeOf(id);
    const record = place === null ? null : records.at(place.block, place.place);
    return record === null ? null : storyOf(id, record, told);
  }

  return {
    append: {
      mode: "write",
      run(batches, now, { slowMs }) {
        const { lastId, blocks } = append.append(batches, now, slowMs);
        retention.sweep(now, lastId, blocks);
        if (now - swept < SWEEP_EACH) return;
        swept = now;
        retention.sweepRollups(now);
      },
    },
    list: { mode: "read", run: (query, { slowMs }) => list.list(query, slowMs) },
    find: { mode: "read", run: find },
    trace: {
      mode: "read",
      run(traceId, told) {
        const rows = list.withId(traceId, told.slowMs).filter((row) => row.trace_id === traceId);
        return traceOf(rows.flatMap(({ id }) => find(id, told) ?? []));
      },
    },
    statistics: { mode: "read", run: (query, now) => statistics.read(query, now) },
    values: { mode: "read", run: (field) => names.all(field) },
    records: {
      mode: "read",
      run(since, after) {
        const block = list.after(after, since)?.block;
        const batch = block === undefined ? null : records.batch(block);
        if (block === undefined || batch === null) return null;
        // A block has the number of its first row.
        return { batch, last: block + new RecordReader(batch).count - 1 };
      },
    },
    has: {
      mode: "read",
      run(batch) {
        return handedRecords(batch).map((record) => list.has(record));
      },
    },
    endSession: { mode: "write", run: (session, now) => ended.add(session, now) },
    endedSessions: { mode: "read", run: (now) => ended.all(now) },
    state: {
      mode: "read",
      run() {
        const row = (order: string) =>
          statements.of(`SELECT ended FROM rows ORDER BY id ${order} LIMIT 1`).get()?.["ended"] ?? null;
        const [oldest, newest] = [row("ASC"), row("DESC")];
        const last = statements.number("SELECT last_id FROM totals");
        const first = statements.number("SELECT coalesce(min(id), 0) FROM rows");
        return {
          rows: first === 0 ? 0 : last - first + 1,
          bytes: retention.bytes,
          max_bytes: options.maxBytes,
          oldest: oldest === null ? null : Number(oldest),
          newest: newest === null ? null : Number(newest),
          last_id: last,
        };
      },
    },
  };
}
