import type { Clock } from "../clock.ts";
import { GatewayError } from "../errors.ts";
import type { AskedStore } from "./answering_store.ts";
import type { ConsoleEndpoint } from "./guard.ts";
import { Query } from "./query.ts";
import type { Sessions } from "./session.ts";
import { costToday, figuresNow, type StatisticsOptions } from "./statistics.ts";

export interface LiveOptions extends StatisticsOptions {
  readonly clock: Clock;
  readonly sessions: Sessions;
  readonly openStreams: () => Promise<number>;
  /** Whether what serves this is about to end: its streams end, and pages ask its successor. */
  readonly ending: () => boolean;
}

const TICK_MS = 1_000;
const MAX_ROWS = 50;
const MAX_SUBSCRIBERS = 32;
/** Bytes that may wait for one reader; a slower one misses ticks. */
const MAX_WAITING = 256 * 1024;

const encoder = new TextEncoder();

/** `GET /events`: figures each second, and new rows where they are wanted. */
export function liveEvents(options: LiveOptions): ConsoleEndpoint {
  const { store, clock, now, sessions, openStreams, ending } = options;
  let subscribers = 0;
  return async function liveEvents(exchange, _params, session) {
    if (subscribers >= MAX_SUBSCRIBERS) {
      throw new GatewayError("overloaded", `${MAX_SUBSCRIBERS} pages are open already.`, { retryAfter: 10 });
    }
    const query = new Query(exchange);
    const wanted = query.oneOf("rows", ["0", "1"] as const, "0") === "1";
    const rows = wanted ? await NewRows.from(store, query, now) : null;
    subscribers++;
    let stop = () => {};
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start(controller) {
        let busy = false;
        const send = (event: string, data: unknown) => {
          const bytes = encoder.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
          exchange.responseBytes += bytes.length;
          controller.enqueue(bytes);
        };
        const close = () => {
          stop();
          controller.close();
        };
        const tick = async () => {
          if (ending()) return close();
          // Whoever reads slowly, or a store that answers slowly, makes nothing pile up.
          if (busy || (controller.desiredSize ?? 0) <= 0) return;
          busy = true;
          try {
            if (await sessions.isOver(session)) return close();
            const [figures, open_streams, cost_today_usd] = await Promise.all([
              figuresNow(options),
              openStreams(),
              costToday(options),
            ]);
            send("figures", { time: now(), ...figures, open_streams, cost_today_usd });
            if (rows === null) return;
            const { found, skipped } = await rows.next();
            for (const row of found) send("row", row);
            if (skipped > 0) send("skipped", { skipped });
          } catch {
            // Over, or the store is: the next tick tells.
          } finally {
            busy = false;
          }
        };
        const stopTicks = clock.every(TICK_MS, tick);
        let ended = false;
        stop = () => {
          if (ended) return;
          ended = true;
          subscribers--;
          stopTicks();
          exchange.finish("success", 200, clock.now());
        };
        tick();
      },
      cancel: () => stop(),
    }, { highWaterMark: MAX_WAITING, size: (chunk) => chunk.length });
    exchange.deferred = true;
    exchange.firstByteAt = clock.now();
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };
}

/** Rows as they come. */
class NewRows {
  readonly #store: AskedStore;
  readonly #query: Query;
  readonly #now: () => number;
  #last: number;

  private constructor(store: AskedStore, query: Query, now: () => number, last: number) {
    this.#store = store;
    this.#query = query;
    this.#now = now;
    this.#last = last;
  }

  static async from(store: AskedStore, query: Query, now: () => number): Promise<NewRows> {
    const { last_id } = await store.state();
    return new NewRows(store, query, now, last_id);
  }

  /** Those since the last time; when they are too many, the first of them, and how many others there were at most. */
  async next() {
    const { last_id } = await this.#store.state();
    const after = this.#last;
    if (last_id === after) return { found: [], skipped: 0 };
    const { from: _from, to: _to, ...filter } = this.#query.filter(this.#now());
    const { rows, next } = await this.#store.list({ filter, after, limit: MAX_ROWS });
    const end = rows.at(-1)?.id ?? after;
    this.#last = Math.max(last_id, end);
    return { found: rows, skipped: next === null ? 0 : Math.max(0, last_id - end) };
  }
}
