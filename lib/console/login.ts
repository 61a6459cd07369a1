import type { Clock } from "../clock.ts";
import { readJsonBody } from "../endpoints/json_body.ts";
import { jsonAnswer } from "../endpoints/json_answer.ts";
import type { ReadBodyOptions } from "../endpoints/read_body.ts";
import { GatewayError } from "../errors.ts";
import { addHeader } from "../stages/add_header.ts";
import type { Endpoint, Exchange } from "../telemetry/exchange.ts";
import type { JsonObject } from "../wire/canonical.ts";
import { protect, sameOrigin, sessionOf } from "./guard.ts";
import { LoginAttempts } from "./login_attempts.ts";
import { type Session, Sessions } from "./session.ts";

export interface LoginOptions {
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly body: ReadBodyOptions;
  /** What a page is told of the gateway besides the session. */
  readonly facts: () => JsonObject;
}

const WRONG = "This is neither the master key nor a key of the console.";

/** `POST /login`: a session for a key. What fails is logged, and after some failures nobody may try for a while. */
export function login({ sessions, clock, body, facts }: LoginOptions): Endpoint {
  const attempts = new LoginAttempts(() => clock.now());
  return async function login(exchange) {
    protect(exchange);
    const { clientAddress } = exchange;
    try {
      sameOrigin(exchange);
      const wait = attempts.wait(clientAddress);
      if (wait > 0) {
        throw new GatewayError("rate_limit_exceeded", "Too many logins have failed: try again in a minute.", {
          retryAfter: Math.ceil(wait / 1000),
        });
      }
      const key = (await readJsonBody(exchange, body)).string("key");
      const cookie = sessions.begin(key, exchange.scheme === "https");
      const session = cookie === null ? null : sessions.of(cookie.split(";")[0] ?? "");
      if (cookie === null || session === null) {
        attempts.failed(clientAddress);
        throw new GatewayError("invalid_api_key", WRONG);
      }
      addHeader(exchange, "set-cookie", cookie);
      return sessionAnswer(exchange, session, facts());
    } catch (error) {
      exchange.background = false;
      throw error;
    }
  };
}

export function showSession({ sessions, facts }: Pick<LoginOptions, "sessions" | "facts">): Endpoint {
  return function showSession(exchange) {
    protect(exchange);
    const session = sessionOf(exchange, sessions);
    // That nobody is logged in is no error: the page asks to know.
    return Promise.resolve(
      session === null ? jsonAnswer(exchange, { role: null }) : sessionAnswer(exchange, session, facts()),
    );
  };
}

export function logout(): Endpoint {
  return function logout(exchange) {
    protect(exchange);
    sameOrigin(exchange);
    addHeader(exchange, "set-cookie", Sessions.end(exchange.scheme === "https"));
    return Promise.resolve(new Response(null, { status: 204 }));
  };
}

function sessionAnswer(exchange: Exchange, { role, csrf }: Session, facts: JsonObject): Response {
  return jsonAnswer(exchange, { role, csrf, ...facts });
}
