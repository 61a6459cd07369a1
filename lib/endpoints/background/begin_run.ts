import type { Clock } from "../../clock.ts";
import { GatewayError, invalidParam } from "../../errors.ts";
import type { ModelRequest } from "../../stages/model_request.ts";
import { runStages, type Stage, type WholeAnswer } from "../../stages/stage.ts";
import type { InstrumentedItems } from "../../stores/instrumented_items.ts";
import type { InstrumentedRuns } from "../../stores/instrumented_runs.ts";
import type { Exchange } from "../../telemetry/exchange.ts";
import { newId } from "../../wire/ids.ts";
import { jsonAnswer } from "../json_answer.ts";
import { responseHeaders } from "../response_headers.ts";
import { transcriber } from "../transcript/transcriber.ts";
import { storedTurn, type Turn } from "../turn.ts";
import type { BackgroundRuns } from "./background_runs.ts";
import { Follower, type FollowerOptions, LOCAL_POLL_MS } from "./follower.ts";
import { Run, type RunOptions } from "./run.ts";
import { openRun, RunClient } from "./run_exchange.ts";
import { RunEvents } from "./run_events.ts";
import { failedResponse, queuedResponse } from "./run_response.ts";

export interface BackgroundOptions {
  readonly clock: Clock;
  readonly runs: InstrumentedRuns;
  readonly items: InstrumentedItems;
  readonly background: BackgroundRuns;
  readonly stages: readonly Stage[];
  /** Opens the record of a run. */
  readonly open: () => Exchange;
  readonly run: Pick<RunOptions, "maxEventBytes">;
  readonly follower: Pick<FollowerOptions, "openAnswers" | "output">;
}

/** Stands for the answer that a run is to ask for. */
const LATER: WholeAnswer = { kind: "whole", body: new Uint8Array(), headers: null };
const later: Stage = { name: "later", phase: null, run: () => LATER };

/** Whether the request is to be answered in the background. @throws {GatewayError} where it cannot be. */
export function inBackground(request: ModelRequest): boolean {
  const background = request.field("background") ?? false;
  if (background === false) return false;
  if (background !== true) throw invalidParam("background", "a boolean");
  if (request.field("store") === false) {
    throw invalid(
      "A response in the background is kept in the store: 'background' requires 'store' to be true.",
    );
  }
  return true;
}

/**
 * Accepts a request whose response is made in the background. All that decides about it (routing, guards) is done
 * first, so that what cannot be is refused at once; then the run is stored and begun, and the client is told.
 */
export async function beginRun(
  exchange: Exchange,
  request: ModelRequest,
  turn: Turn,
  options: BackgroundOptions,
): Promise<Response> {
  const { clock, runs, background, stages } = options;
  const now = clock.wall();
  const id = newId("resp_");
  const created = Math.floor(now / 1000);
  request.echo = { ...request.echo, id, created_at: created, background: true };
  request.rewrite([{ remove: "background" }]);
  const decided = await runStages([...stages.slice(0, -1), later], exchange, request, clock);
  const response = queuedResponse({
    id,
    created,
    model: request.model,
    request: { ...request.json, ...request.echo },
  });
  const events = request.stream ? new RunEvents(response) : null;
  const first = events?.begin() ?? [];
  const begin = background.reserve();
  try {
    await runs.begin(exchange, storedTurn(turn, request.model, now, response), background.lease(), first);
  } catch (error) {
    begin(null);
    // It may have been stored all the same, with a lease that this process would prolong for ever.
    const failed = failedResponse(response, "server_error", "The response could not be stored in time.");
    background.unstored({
      owner: turn.owner,
      id,
      response: failed,
      events: events ? [events.end(failed)] : [],
    });
    throw error;
  }
  const client = new RunClient();
  const run = openRun(options.open, exchange, id, client);
  if (run.content !== null) run.content.transcribe = transcriber(request);
  begin(
    new Run({
      exchange: run,
      client,
      turn,
      request,
      response,
      events,
      answer: () =>
        decided === LATER ? runStages(stages.slice(-1), run, request, clock) : Promise.resolve(decided),
    }, {
      ...options.run,
      clock,
      runs,
      items: options.items,
      onChange: background.changed,
      onUnstored: background.unstored,
    }),
  );
  if (events === null) return jsonAnswer(exchange, response);
  const body = Follower.follow(
    exchange,
    { owner: turn.owner, id, after: -1, poll: LOCAL_POLL_MS },
    { events: first, finished: false },
    { ...options.follower, clock, runs, changes: background.changes },
  );
  return new Response(body, { headers: responseHeaders(exchange, "text/event-stream", null) });
}

function invalid(message: string): GatewayError {
  return new GatewayError("invalid_request", message, { param: "background" });
}
