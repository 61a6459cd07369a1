import type { Clock } from "../clock.ts";
import type { Deadlines } from "../deadlines.ts";
import { discardBody } from "../endpoints/discard_body.ts";
import { recordError } from "../stages/upstream/call_record.ts";
import type { Client, Exchange, Outcome } from "../telemetry/exchange.ts";
import { type AnswerHeaderOptions, setAnswerHeaders } from "./answer_headers.ts";
import { errorResponse, gatewayError } from "./error_response.ts";
import type { Handler, Middleware } from "./middleware.ts";
import { requestId } from "./request_id.ts";

export interface LoggingOptions {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly headers: AnswerHeaderOptions;
  /** Hears of each request's start. */
  readonly onStart: (exchange: Exchange) => void;
}

const LONGEST_USER_AGENT = 256;
/** nginx's code for a client that left; nobody reads this answer. */
const CLIENT_CLOSED = 499;
/** Stands for the answer to a client that left. */
const GONE = new Response(null, { status: CLIENT_CLOSED });

/**
 * The outermost layer: names the request, turns whatever fails inside into an answer in the client's dialect, and
 * ends the record, from which the closing log line is made. A stream ends its record itself.
 */
export function logging(options: LoggingOptions): Middleware {
  const { clock, deadlines, headers, onStart } = options;
  return function logging(exchange, next) {
    const { request, client } = exchange;
    if (request !== null) {
      exchange.requestId = requestId(request.headers.get("x-request-id"));
      exchange.userAgent = request.headers.get("user-agent")?.slice(0, LONGEST_USER_AGENT) ?? "";
    }
    onStart(exchange);
    return begun(exchange, next).then(
      (response) => answered(exchange, client, response),
      (cause) => answered(exchange, client, failed(exchange, cause)),
    );
  };

  function answered(
    exchange: Exchange,
    client: Client | null,
    response: Response,
  ): Response | Promise<Response> {
    if (exchange.deferred) {
      exchange.sentStatus = response.status;
    } else if (response === GONE || client?.gone === true) {
      response = cancelled(exchange);
      exchange.finish("cancelled", CLIENT_CLOSED, clock.now());
    } else if (response.status >= 400) {
      return discardBody(exchange, deadlines).then(() => ended(exchange, response));
    } else {
      return ended(exchange, response);
    }
    setAnswerHeaders(response, exchange, headers, clock);
    return response;
  }

  function ended(exchange: Exchange, response: Response): Response {
    const { status } = response;
    if (exchange.method === "HEAD") exchange.responseBytes = 0;
    exchange.sentStatus = status;
    exchange.finish(outcomeOf(exchange, status), status, clock.now());
    setAnswerHeaders(response, exchange, headers, clock);
    return response;
  }
}

function begun(exchange: Exchange, next: Handler): Promise<Response> {
  try {
    return next(exchange);
  } catch (cause) {
    return Promise.reject(cause);
  }
}

function failed(exchange: Exchange, cause: unknown): Response {
  const error = gatewayError(cause);
  if (error.code === "client_closed_request") return GONE;
  recordError(exchange, error);
  return errorResponse(exchange, error);
}

/** The client left before it was answered. That is no error, whatever it led to. */
function cancelled(exchange: Exchange): Response {
  exchange.errorType = "";
  exchange.errorMessage = "";
  exchange.responseBytes = 0;
  if (exchange.cancelStage === "") exchange.cancelStage = "before_headers";
  return new Response(null, { status: CLIENT_CLOSED });
}

function outcomeOf(exchange: Exchange, status: number): Outcome {
  // "Not ready" is what a health route is there to say.
  if (status < 400 || exchange.background) return "success";
  if (exchange.securityAction === "blocked") return "blocked";
  return status < 500 ? "rejected" : "error";
}
