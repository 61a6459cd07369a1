import type { Clock } from "../clock.ts";
import type { StoredRow } from "../stores/request_store.ts";
import { addHeader } from "../stages/add_header.ts";
import type { AskedStore } from "./answering_store.ts";
import type { ConsoleEndpoint } from "./guard.ts";
import { Query } from "./query.ts";

/** Rows of one piece. */
const PIECE = 500;

const encoder = new TextEncoder();

const FORMATS = {
  jsonl: {
    type: "application/x-ndjson",
    head: "",
    lines: (rows: readonly StoredRow[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join(""),
  },
  csv: {
    type: "text/csv; charset=utf-8",
    head: null,
    lines: (rows: readonly StoredRow[]) => rows.map((row) => csvLine(Object.values(row))).join(""),
  },
} as const;

/** `GET /export`: all rows that a filter lets through, the newest first, as they are read. */
export function exportRequests(store: AskedStore, clock: Clock): ConsoleEndpoint {
  return function exportRequests(exchange) {
    const query = new Query(exchange);
    const format = query.oneOf("format", ["jsonl", "csv"] as const, "jsonl");
    const filter = query.filter(clock.wall());
    const { type, head, lines } = FORMATS[format];
    let before = query.number("before");
    let first = true;
    let ended = false;
    const end = () => {
      if (!ended) exchange.finish("success", 200, clock.now());
      ended = true;
    };
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      async pull(controller) {
        try {
          const { rows, next } = await store.list({ filter, before, limit: PIECE });
          const named = first && head === null && rows[0] !== undefined ? csvLine(Object.keys(rows[0])) : "";
          if (rows.length > 0) first = false;
          const bytes = encoder.encode(named + lines(rows));
          exchange.responseBytes += bytes.length;
          if (next === null) {
            if (bytes.length > 0) controller.enqueue(bytes);
            controller.close();
            return end();
          }
          before = next;
          // An empty piece would have nobody ask for the next.
          if (bytes.length === 0) return await this.pull?.(controller);
          controller.enqueue(bytes);
        } catch (error) {
          controller.error(error);
          end();
        }
      },
      cancel: end,
    }, { highWaterMark: 1 });
    exchange.deferred = true;
    addHeader(exchange, "content-disposition", `attachment; filename="requests.${format}"`);
    return new Response(body, { headers: { "content-type": type } });
  };
}

/** @see https://www.rfc-editor.org/rfc/rfc4180 */
function csvLine(values: readonly unknown[]): string {
  return `${values.map(cell).join(",")}\r\n`;
}

/** A text that spreadsheets would take for a formula is made one that they do not. */
function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  let text = String(value);
  if (typeof value === "string" && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
