import type { JsonObject } from "../../wire/canonical.ts";
import { endingOf, responseError } from "../../wire/openai_responses/finish.ts";
import { responseBody } from "../../wire/openai_responses/response.ts";

/** A response that has its id. */
export type RunResponse = JsonObject & { readonly id: string };

/** What a response in the background is known by before its provider was asked. */
export interface RunPromise {
  readonly id: string;
  /** As the client asked for it. */
  readonly model: string;
  /** Unix seconds. */
  readonly created: number;
  /** The client's request with what the answer shall echo. */
  readonly request: JsonObject;
}

/** The response at its beginning, all of it that can be known. */
export function queuedResponse(promise: RunPromise): RunResponse {
  const ending = { status: "queued", error: null, incomplete_details: null };
  const content = { ending, output: [], own: {}, serviceTier: undefined, usage: undefined };
  const body = responseBody({ ...promise, includeUsage: false }, content);
  return { ...body, id: promise.id };
}

export function inProgress(response: RunResponse): RunResponse {
  return { ...response, status: "in_progress" };
}

/** Statuses from which a response does not go on. */
export function isOver(response: JsonObject): boolean {
  return response.status !== "queued" && response.status !== "in_progress";
}

/** @param code `error.code`; one that OpenAI has no word for becomes `server_error`. */
export function failedResponse(response: RunResponse, code: string, message: string): RunResponse {
  return { ...response, ...endingOf("error", [], { error: responseError(code, message) }) };
}

export function cancelledResponse(response: RunResponse): RunResponse {
  return { ...response, ...endingOf("error", [], { status: "cancelled" }) };
}
