import type { Clock } from "../clock.ts";
import { GatewayError } from "../errors.ts";
import { addHeader } from "../stages/add_header.ts";
import { beginOperation } from "../stores/instrument.ts";
import type { Exchange } from "../telemetry/exchange.ts";
import type { ApiKey, ApiKeys, PresentedKey } from "./api_keys.ts";
import type { KeyDirectory } from "./key_directory.ts";
import { refusalOf } from "./key_refusal.ts";
import type { Middleware } from "./middleware.ts";

export interface AuthOptions {
  readonly keys: ApiKeys;
  readonly clock: Clock;
  /** Of virtual keys; absent: there are none. */
  readonly directory?: KeyDirectory | null;
}

const HOW = "Send it as 'Authorization: Bearer YOUR_KEY' or in the header 'x-api-key', 'x-goog-api-key', " +
  "'api-key' or 'x-gateway-key'.";
const MISSING = `You didn't provide an API key. ${HOW}`;
const NOT_BEARER = `The header 'Authorization' holds no API key after the word 'Bearer'. ${HOW}`;
const INCORRECT = "Incorrect API key provided.";

/** Lets in who presents a known key, and notes who that is. Left out where there are no keys. */
export function auth(options: AuthOptions): Middleware {
  const { keys, clock, directory = null } = options;
  return function auth(exchange, next) {
    const started = clock.now();
    const presented = keys.identify(exchange);
    if (presented !== null && presented.virtual !== null && directory !== null) {
      const key = directory.current(presented.virtual);
      if (key === undefined) {
        return ask(exchange, directory, presented.virtual, started)
          .then((found) => pass(exchange, presented, found, next));
      }
      exchange.phases.auth = clock.now() - started;
      return pass(exchange, presented, key, next);
    }
    exchange.phases.auth = clock.now() - started;
    return pass(exchange, presented, presented?.key ?? null, next);
  };

  /** The store's answer, as an operation in the record. */
  async function ask(
    exchange: Exchange,
    directory: KeyDirectory,
    sha256: string,
    started: number,
  ): Promise<ApiKey | null> {
    const operation = beginOperation(exchange, "keys", directory.backend, "get", started);
    try {
      const found = await directory.find(sha256);
      if (found === null) operation.status = "not_found";
      return found;
    } catch (error) {
      operation.status = "error";
      throw error;
    } finally {
      operation.endedAt = clock.now();
      exchange.phases.auth = operation.endedAt - started;
    }
  }

  function pass(
    exchange: Exchange,
    presented: PresentedKey | null,
    key: ApiKey | null,
    next: Parameters<Middleware>[1],
  ): Promise<Response> {
    if (presented === null) {
      const tried = exchange.request?.headers.has("authorization") ?? false;
      return refused(exchange, tried ? NOT_BEARER : MISSING);
    }
    if (key === null) return refused(exchange, INCORRECT);
    if (key.restricted) {
      const refusal = refusalOf(key, exchange, clock.wall());
      if (refusal !== null) return rejected(exchange, refusal);
    }
    exchange.principal = key.principal(presented.text);
    exchange.keyHeader = presented.header;
    return next(exchange);
  }
}

function refused(exchange: Exchange, message: string): Promise<Response> {
  return rejected(exchange, new GatewayError("invalid_api_key", message));
}

function rejected(exchange: Exchange, error: GatewayError): Promise<Response> {
  if (error.status === 401) addHeader(exchange, "www-authenticate", "Bearer");
  return Promise.reject(error);
}
