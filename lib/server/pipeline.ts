import type { Clock } from "../clock.ts";
import { GatewayError } from "../errors.ts";
import { compose, type Middleware } from "../middleware/middleware.ts";
import type { Exchange } from "../telemetry/exchange.ts";
import { errorBody } from "../wire/error_body.ts";
import type { ServerHandler } from "./engine.ts";
import { type ArrivalOptions, recordArrival } from "./arrival.ts";

export interface PipelineOptions extends ArrivalOptions {
  /** Layers for every request, the outermost first: logging, tracing, metrics, …, rate limit. What is off is left out. */
  readonly layers: readonly Middleware[];
  /** Layers between those and the routes that are not public: authentication and the keys' own limits. */
  readonly guards: readonly Middleware[];
  /** Begins a request's record. */
  readonly open: () => Exchange;
  readonly clock: Clock;
}

/** Nests the layers once; what it returns answers every request and never rejects. */
export function createPipeline(options: PipelineOptions): ServerHandler {
  const { layers, guards, open, clock } = options;
  const answerPublic = compose(layers, answer);
  const answerGuarded = compose([...layers, ...guards], answer);
  // No async function, as all that stays while a body is waited for: each would keep half a kilobyte for that long.
  return function pipeline(request, connection) {
    const exchange = open();
    try {
      const match = recordArrival(exchange, request, connection, options);
      return (match.public ? answerPublic : answerGuarded)(exchange).then((response) => {
        connection.streamed = exchange.deferred;
        return response;
      }, (error) => lastResort(exchange, error, clock));
    } catch (error) {
      return Promise.resolve(lastResort(exchange, error, clock));
    }
  };
}

/** The end of the chain: the matched route. */
function answer(exchange: Exchange): Promise<Response> {
  const { endpoint } = exchange;
  if (endpoint === null) throw new Error("Cannot answer a request that is over");
  return endpoint(exchange, exchange.params);
}

/** Something failed outside the layer that answers failures: a defect, but the client gets its answer. */
function lastResort(exchange: Exchange, cause: unknown, clock: Clock): Response {
  const error = new GatewayError("internal_error", "The gateway failed.", { cause });
  exchange.errorType = error.code;
  exchange.errorMessage = String(cause);
  exchange.sentStatus = error.status;
  exchange.finish("error", error.status, clock.now());
  return new Response(JSON.stringify(errorBody(error, exchange.dialect, exchange.requestId)), {
    status: error.status,
    headers: { "content-type": "application/json" },
  });
}
