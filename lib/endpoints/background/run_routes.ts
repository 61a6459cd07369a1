import { GatewayError, invalidParam } from "../../errors.ts";
import type { Endpoint, Exchange } from "../../telemetry/exchange.ts";
import { ownerOf } from "../conversations.ts";
import { shownId } from "../item_list.ts";
import { jsonAnswer } from "../json_answer.ts";
import { readBody, type ReadBodyOptions } from "../read_body.ts";
import { responseHeaders } from "../response_headers.ts";
import { responseId, responseNotFound } from "../responses.ts";
import type { TurnStores } from "../turn.ts";
import type { BackgroundOptions } from "./begin_run.ts";
import { endInStore } from "./end_in_store.ts";
import { Follower, LOCAL_POLL_MS, PAGE, REMOTE_POLL_MS } from "./follower.ts";
import { cancelledResponse, isOver } from "./run_response.ts";

export interface RunRouteOptions extends BackgroundOptions {
  readonly stores: TurnStores;
  readonly body: ReadBodyOptions;
}

/** `POST /v1/responses/{id}/cancel`: of a response that is over already nothing changes, as OpenAI has it. */
export function cancelResponse(options: RunRouteOptions): Endpoint {
  const { stores, runs, background } = options;
  return async function cancelResponse(exchange, params) {
    const [owner, id] = [ownerOf(exchange), responseId(params)];
    // It says nothing, but left unread it would cost its client the connection.
    await readBody(exchange, options.body);
    const turn = await stores.turns.get(exchange, owner, id);
    if (turn === null) throw responseNotFound(id);
    if (turn.response.background !== true) {
      throw new GatewayError(
        "invalid_request",
        `Response '${shownId(id)}' cannot be cancelled: only one that was created with 'background' can be.`,
        { param: "response_id" },
      );
    }
    if (isOver(turn.response)) return jsonAnswer(exchange, turn.response);
    const cancelled = cancelledResponse({ ...turn.response, id });
    const run = background.find(id);
    const first = run === null
      ? await endInStore(runs, exchange, owner, cancelled)
      : await run.end(exchange, cancelled);
    if (first) {
      background.leave(id);
      return jsonAnswer(exchange, cancelled);
    }
    const after = await stores.turns.get(exchange, owner, id);
    if (after === null) throw responseNotFound(id);
    return jsonAnswer(exchange, after.response);
  };
}

/** `GET /v1/responses/{id}`; with `stream=true` the events of a run, from after `starting_after` on. */
export function getResponse(options: RunRouteOptions): Endpoint {
  const { turns } = options.stores;
  return async function getResponse(exchange, params) {
    const id = responseId(params);
    const query = new URLSearchParams(exchange.query);
    if (streamAsked(query) && exchange.method !== "HEAD") {
      return await followRun(exchange, id, startingAfter(query), options);
    }
    const turn = await turns.get(exchange, ownerOf(exchange), id);
    if (turn === null) throw responseNotFound(id);
    return jsonAnswer(exchange, turn.response);
  };
}

async function followRun(
  exchange: Exchange,
  id: string,
  after: number,
  options: RunRouteOptions,
): Promise<Response> {
  const { clock, runs, background, stores } = options;
  const owner = ownerOf(exchange);
  const page = await runs.events(exchange, owner, id, after, PAGE);
  // None at all: it is not streamed, or all of them were seen.
  const streamed = page !== null &&
    (page.events.length > 0 || (await runs.events(null, owner, id, -1, 1))?.events.length === 1);
  if (!streamed) {
    if (page === null && await stores.turns.get(exchange, owner, id) === null) throw responseNotFound(id);
    throw new GatewayError(
      "invalid_request",
      `Response '${
        shownId(id)
      }' cannot be streamed: only one that was created with 'background' and 'stream' can be.`,
      { param: "stream" },
    );
  }
  exchange.stream = true;
  const poll = background.find(id) === null ? REMOTE_POLL_MS : LOCAL_POLL_MS;
  const body = Follower.follow(exchange, { owner, id, after, poll }, page, {
    ...options.follower,
    clock,
    runs,
    changes: background.changes,
  });
  return new Response(body, { headers: responseHeaders(exchange, "text/event-stream", null) });
}

function streamAsked(query: URLSearchParams): boolean {
  const value = query.get("stream") ?? "false";
  if (value === "true" || value === "false") return value === "true";
  throw invalidParam("stream", "'true' or 'false'");
}

function startingAfter(query: URLSearchParams): number {
  const value = query.get("starting_after");
  if (value === null) return -1;
  if (/^\d{1,15}$/.test(value)) return Number(value);
  throw invalidParam("starting_after", "the number of an event");
}
