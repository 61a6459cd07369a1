import type { CapturedRequest } from "./captured_request.ts";
import { Caller, CallFailure } from "./http/caller.ts";
import { parseJson } from "./json.ts";
import { authorization, type Target } from "./target.ts";

/** What came of a captured request that was sent again. */
export interface Replayed {
  readonly request: CapturedRequest;
  /** Null: no answer came. */
  readonly status: number | null;
  readonly durationMs: number | null;
  readonly error: string | null;
}

export interface ReplayOptions {
  readonly target: Target;
  /** Null: the model that was asked. */
  readonly asModel: string | null;
  /** How many are under way at a time. */
  readonly concurrency: number;
  readonly onProgress: (done: number, of: number) => void;
}

/** Sends captured requests again, in their order. */
export async function replayRequests(
  requests: readonly CapturedRequest[],
  { target, asModel, concurrency, onProgress }: ReplayOptions,
): Promise<Replayed[]> {
  const caller = new Caller(target, { connections: concurrency });
  const results: Replayed[] = [];
  const waiting = requests.values();
  const worker = async () => {
    for (const request of waiting) {
      results.push(await send(caller, request, asModel, authorization(target)));
      onProgress(results.length, requests.length);
    }
  };
  try {
    await Promise.all(Array.from({ length: concurrency }, worker));
  } finally {
    await caller.close();
  }
  return results;
}

async function send(
  caller: Caller,
  request: CapturedRequest,
  asModel: string | null,
  headers: Readonly<Record<string, string>>,
): Promise<Replayed> {
  const body = asModel === null
    ? request.body
    : JSON.stringify({ ...parseJson(request.body), model: asModel });
  const sent = asModel === null ? request : { ...request, model: asModel };
  const version = request.path.endsWith("/messages") ? { "anthropic-version": "2023-06-01" } : {};
  try {
    const answer = await caller.call({ path: request.path, headers: { ...headers, ...version }, body });
    const error = isGood(answer.status) ? null : messageIn(answer.body);
    return { request: sent, status: answer.status, durationMs: answer.timing.total, error };
  } catch (error) {
    if (!(error instanceof CallFailure)) throw error;
    return { request: sent, status: null, durationMs: error.timing.total, error: error.message };
  }
}

function messageIn(body: Uint8Array): string | null {
  const message = parseJson(new TextDecoder().decode(body))?.error?.message;
  return typeof message === "string" ? message.slice(0, 80) : null;
}

/** Whether a status is that of a request that succeeded. */
export function isGood(status: number | null): boolean {
  return status !== null && status >= 200 && status < 400;
}
