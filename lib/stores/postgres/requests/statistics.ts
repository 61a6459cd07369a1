import { COUNTS, DIMENSIONS, type StatisticsLine, type StatisticsQuery } from "../../request_store.ts";
import { LineSums, periodOf } from "../../requests/line_sums.ts";
import type { PostgresClient } from "../postgres_client.ts";
import type { Names } from "./names.ts";
import { HISTOGRAMS } from "./statements.ts";

/** Adds up what was counted. */
export class Statistics {
  readonly #client: PostgresClient;
  readonly #names: Names;

  constructor(client: PostgresClient, names: Names) {
    this.#client = client;
    this.#names = names;
  }

  /** @param now Unix milliseconds. @returns lines by their start, then by their group. */
  async read(query: StatisticsQuery, now: number): Promise<StatisticsLine[]> {
    const { from, to, filter, by, step, groups: most = Infinity } = query;
    const length = periodOf(query, now);
    const words = await this.#names.lookUp(filter);
    const values = [length, Math.floor(from / length) * length, Math.ceil(to)];
    let where = "period = $1 AND start >= $2 AND start < $3";
    for (const dimension of DIMENSIONS) {
      const value = filter[dimension];
      if (value === undefined) continue;
      const number = dimension === "status" ? Number(value) : words.find(dimension, value);
      if (number === null) return [];
      where += ` AND ${dimension} = $${values.push(number)}`;
    }
    // A step's beginning, in whole numbers.
    const began = step === 0 ? `${Math.floor(from)}::bigint` : `start / ${step} * ${step}`;
    const groups = `${began} AS began, ${by ?? "0"} AS label`;
    const [counted, histograms] = await Promise.all([
      this.#client.run(
        `SELECT ${groups}, ${COUNTS.map((name) => `sum(${name})::float8 AS ${name}`).join(", ")} ` +
          `FROM request_rollups WHERE ${where} GROUP BY 1, 2`,
        values,
      ),
      this.#client.run(
        HISTOGRAMS.map((name) =>
          `SELECT ${groups}, '${name}' AS histogram, ${name}[i][1] AS place, sum(${name}[i][2])::bigint AS count ` +
          `FROM request_rollups, generate_subscripts(${name}, 1) AS i WHERE ${where} GROUP BY 1, 2, 4`
        ).join(" UNION ALL "),
        values,
      ),
    ]);
    const sums = new LineSums();
    for (const row of counted) sums.count(row);
    sums.leave(most);
    for (const row of histograms) {
      const histogram = sums.of(row).histograms[row["histogram"] as (typeof HISTOGRAMS)[number]];
      const place = Number(row["place"]);
      histogram[place] = (histogram[place] ?? 0) + Number(row["count"]);
    }
    const named = by === null || by === "status"
      ? new Map<number, string>()
      : await this.#names.valuesOf(sums.labels);
    return sums.lines((label) =>
      by === null || (by !== "status" && label === 0) ? "" : named.get(label) ?? String(label)
    );
  }
}
