import { SseParser } from "../../wire/sse.ts";
import { ASKS_FOR_MASTER_KEY } from "../admin_api.ts";
import { Caller, CallFailure } from "../http/caller.ts";
import { authorization, type Target } from "../target.ts";
import { ToolError } from "../tool_error.ts";
import type { LineReader } from "./log_lines.ts";

export interface EventOptions {
  readonly signal: AbortSignal;
  /** Hears of what is no request: lines that were lost, which worker it is, a connection made anew. */
  readonly onNote: (note: string) => void;
  /** Time before a connection that broke is made anew, milliseconds. */
  readonly retryMs?: number;
}

const PATH = "/admin/events";

/**
 * Reads the gateway's events as requests end, until the signal; a connection that breaks is made anew.
 * @throws {ToolError} where the gateway does not give them.
 */
export async function followEvents(target: Target, reader: LineReader, options: EventOptions): Promise<void> {
  const { signal, onNote, retryMs = 1_000 } = options;
  const caller = new Caller(target, { timeoutMs: 0 });
  const decoder = new TextDecoder();
  let connected = false;
  let told = false;
  try {
    while (!signal.aborted) {
      const parser = new SseParser(({ type, data }) => {
        if (type === "dropped") onNote(`${droppedIn(data)} requests were lost: this reader is too slow`);
        else reader.line(data);
        told = false;
      }, {
        onComment(raw) {
          const [, text] = /^: (requests of .+)/.exec(decoder.decode(raw)) ?? [];
          if (text !== undefined) onNote(text);
        },
      });
      let refusal: number | null = null;
      try {
        await caller.call({
          method: "GET",
          path: PATH,
          headers: authorization(target),
          signal,
          onHeaders: (status) => {
            if (status === 200) connected = true;
            else refusal = status;
          },
          onData: (chunk) => {
            if (refusal === null) parser.push(chunk);
          },
        });
      } catch (error) {
        if (!(error instanceof CallFailure)) throw error;
        if (signal.aborted) return;
        if (!connected) throw new ToolError(`${target.url.href}admin/events: ${error.message}`);
      }
      if (refusal !== null) throw new ToolError(refused(target, refusal));
      if (!told) onNote("the connection ended; trying again");
      told = true;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, retryMs);
        signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
      });
    }
  } finally {
    await caller.close();
  }
}

function refused({ url }: Target, status: number): string {
  const where = `${url.href.replace(/\/$/, "")}${PATH}`;
  switch (status) {
    case 401:
      return `${where} ${ASKS_FOR_MASTER_KEY}`;
    case 403:
      return `${where} is off: set auth.master_key (GATEWAY_MASTER_KEY) in the gateway, or name a log file`;
    case 404:
      return `${where} is not there: it is no gateway of this kind; name a log file`;
    default:
      return `${where} answered ${status}`;
  }
}

function droppedIn(data: string): number {
  const [, count] = /"dropped":(\d+)/.exec(data) ?? [];
  return Number(count ?? 0);
}
