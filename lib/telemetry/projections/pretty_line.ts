import type { Exchange } from "../exchange.ts";
import type { Level } from "../names/log_fields.ts";
import type { ClosingEvent } from "./closing_event.ts";
import { OPERATIONS } from "../names/gen_ai.ts";
import { wallTime } from "./durations.ts";
import { decimalMs, isoTime } from "./text.ts";

const RESET = "\x1b[0m";
const DIM = "\x1b[2m";

const COLOURS: Readonly<Record<Level, string>> = {
  DEBUG: DIM,
  INFO: "\x1b[32m",
  WARNING: "\x1b[33m",
  ERROR: "\x1b[31m",
  CRITICAL: "\x1b[1;31m",
};

/** What would move the cursor or colour the terminal, in a text that a client chose. */
// deno-lint-ignore no-control-regex -- these are what is looked for
const CONTROLS = /[\x00-\x1f\x7f-\x9f]/g;

/**
 * The beginning of every line on a terminal: `12:34:56.789 INFO    text`.
 * @param wall milliseconds since the epoch.
 */
export function prettyLine(wall: number, level: Level, text: string, colour: boolean): string {
  const time = isoTime(wall).slice(11, 23);
  const word = level.padEnd(8);
  const safe = text.replace(CONTROLS, " ");
  return colour
    ? `${DIM}${time}${RESET} ${COLOURS[level]}${word}${RESET} ${safe}`
    : `${time} ${word} ${safe}`;
}

/** The closing line for a terminal: `POST /v1/responses 200 12.3 ms  mock/gpt-4o-mini  5 → 12 tokens`. */
export function prettyClosing(exchange: Exchange, closing: ClosingEvent, colour: boolean): string {
  const { call } = exchange;
  const parts = [
    `${exchange.method} ${exchange.path} ${exchange.status} ${
      decimalMs(Math.round((exchange.endedAt - exchange.startedAt) * 10) / 10)
    } ms`,
  ];
  if (exchange.runId !== "") parts.push("in the background");
  if (!closing.event.endsWith(".end")) parts.push(closing.event.slice(closing.event.indexOf(".") + 1));
  if (call !== null && call.provider !== "") {
    parts.push(call.model === "" ? call.provider : `${call.provider}/${call.model}`);
  }
  if (call !== null && call.attempts.length > 1) parts.push(`${call.attempts.length} attempts`);
  if (call !== null && (call.inputTokens >= 0 || call.outputTokens >= 0)) {
    // Some operations have no output that is counted, such as embeddings.
    const counted = OPERATIONS[call.operation].stream === null && !(call.outputTokens >= 0)
      ? tokens(call.inputTokens)
      : `${tokens(call.inputTokens)} → ${tokens(call.outputTokens)}`;
    parts.push(`${counted} tokens${call.usageEstimated ? " (estimated)" : ""}`);
  }
  if (exchange.errorType !== "") parts.push(`${exchange.errorType}: ${exchange.errorMessage}`);
  return prettyLine(wallTime(exchange, exchange.endedAt), closing.level, parts.join("  "), colour);
}

function tokens(count: number): string {
  return count >= 0 ? `${count}` : "?";
}
