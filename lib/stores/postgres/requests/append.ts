import { WORD_COLUMNS } from "../../requests/row_columns.ts";
import type { PostgresClient, Value } from "../postgres_client.ts";
import { kept } from "../text.ts";
import { type BatchRow, rowsOf } from "./batch_rows.ts";
import type { Names } from "./names.ts";
import { RollupLines } from "./rollup_lines.ts";
import { APPEND, GIVEN } from "./statements.ts";

/** What there is after a batch. */
export interface Totals {
  readonly rows: number;
  readonly bytes: number;
}

/** Keeps batches: a row for each record, and what is counted of them. */
export class Append {
  readonly #client: PostgresClient;
  readonly #names: Names;
  readonly #rollups: RollupLines;

  constructor(client: PostgresClient, names: Names) {
    this.#client = client;
    this.#names = names;
    this.#rollups = new RollupLines(client, names);
  }

  /**
   * What there is of batches to keep; it may be kept as often as it takes.
   * @param slowMs milliseconds after which a success was slow; 0: never.
   */
  read(batches: readonly Uint8Array[], slowMs: number): Promise<BatchRow[]> {
    return rowsOf(batches, slowMs);
  }

  /**
   * @param id of the batch: nothing happens where it was kept before. One at a time.
   * @param now Unix milliseconds.
   * @returns null: it was.
   * @throws {Error} the server's, or why there is no answer.
   */
  async keep(id: string, rows: readonly BatchRow[], now: number): Promise<Totals | null> {
    await this.#names.add(rows.map(({ columns }) => columns.words));
    const lines = await this.#rollups.of(rows, now);
    const [totals] = await this.#client.run(APPEND, [
      id,
      rows.length,
      joined(rows.map(({ record }) => record)),
      rows.map(({ columns }) => kept(columns.searched)),
      ...this.#listsOf(rows),
      ...lines,
    ]);
    return totals === undefined ? null : { rows: Number(totals["rows"]), bytes: Number(totals["bytes"]) };
  }

  #listsOf(rows: readonly BatchRow[]): Value[] {
    let at = 0;
    const given = rows.map(({ columns, requestHash, traceHash, record }, index) => {
      const { ended, status, outcome, slow, stream, fallback, words } = columns;
      const numbers = WORD_COLUMNS.map((field, i) => this.#names.numberOf(field, words[i]?.value ?? ""));
      const from = at;
      at += record.length;
      return [
        index + 1,
        ended,
        status,
        outcome,
        slow,
        stream,
        fallback,
        ...numbers,
        requestHash,
        traceHash,
        from,
        record.length,
      ];
    });
    return GIVEN.map((_, i) => given.map((row) => row[i] ?? 0));
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
