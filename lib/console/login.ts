import { readJsonBody } from "../endpoints/json_body.ts";
import { jsonAnswer } from "../endpoints/json_answer.ts";
import type { ReadBodyOptions } from "../endpoints/read_body.ts";
import { GatewayError } from "../errors.ts";
import { addHeader } from "../stages/add_header.ts";
import type { Endpoint, Exchange } from "../telemetry/exchange.ts";
import type { JsonObject } from "../wire/canonical.ts";
import { type GuardOptions, protect, sameOrigin, sessionOf } from "./guard.ts";
import { type Session, Sessions } from "./session.ts";

export interface LoginOptions extends GuardOptions {
  readonly body: ReadBodyOptions;
  /** What a page is told of the gateway besides the session. */
  readonly facts: () => JsonObject;
}

const WRONG = "This is neither the master key nor a key of the console.";

/** `POST /login`: a session for a key. What fails is logged, and after some failures nobody may try for a while. */
export function login({ sessions, attempts, body, facts }: LoginOptions): Endpoint {
  return async function login(exchange) {
    protect(exchange);
    try {
      sameOrigin(exchange);
      attempts.admit(exchange);
      const key = (await readJsonBody(exchange, body)).string("key");
      const cookie = sessions.begin(key, exchange.scheme === "https");
      const session = cookie === null ? null : await sessions.of(cookie.split(";")[0] ?? "");
      if (cookie === null || session === null) {
        attempts.wrong(exchange);
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
  return async function showSession(exchange) {
    protect(exchange);
    const session = await sessionOf(exchange, sessions);
    // That nobody is logged in is no error: the page asks to know.
    return session === null
      ? jsonAnswer(exchange, { role: null })
      : sessionAnswer(exchange, session, facts());
  };
}

/** `POST /logout`: the session is over for whoever has its cookie. */
export function logout({ sessions }: Pick<LoginOptions, "sessions">): Endpoint {
  return async function logout(exchange) {
    protect(exchange);
    sameOrigin(exchange);
    addHeader(exchange, "set-cookie", Sessions.forget(exchange.scheme === "https"));
    const session = await sessionOf(exchange, sessions);
    if (session !== null) await sessions.end(session);
    return new Response(null, { status: 204 });
  };
}

function sessionAnswer(exchange: Exchange, session: Session, facts: JsonObject): Response {
  return jsonAnswer(exchange, sessionFacts(session, facts));
}

/** What a page is told of its session and the gateway. */
export function sessionFacts({ role, csrf }: Session, facts: JsonObject): JsonObject {
  return { role, csrf, ...facts };
}
