import type { KeyAttempts } from "../endpoints/admin/key_attempts.ts";
import { GatewayError } from "../errors.ts";
import { addHeader } from "../stages/add_header.ts";
import type { Endpoint, Exchange, PathParams } from "../telemetry/exchange.ts";
import { CONTENT_SECURITY_POLICY } from "./assets.ts";
import { same, type Session, type Sessions } from "./session.ts";

export type ConsoleEndpoint = (
  exchange: Exchange,
  params: PathParams,
  session: Session,
) => Response | Promise<Response>;

export interface GuardOptions {
  readonly sessions: Sessions;
  /** Wrong keys that operators' routes were shown. */
  readonly attempts: KeyAttempts;
}

const BEARER = /^bearer +(.+)$/i;
const LOGGED_OUT = "You are not logged in to the console.";
const ONLY_READS = "This key may look, and not change anything.";
const NO_TOKEN = "The session's token is missing or wrong: send it in the header 'x-csrf-token'.";
const ELSEWHERE = "The console is not for pages of others.";

/** Lets in who is logged in; whoever changes something has to be an administrator and to show the session's token. */
export function loggedIn({ sessions, attempts }: GuardOptions, endpoint: ConsoleEndpoint): Endpoint {
  return async function loggedIn(exchange, params) {
    protect(exchange);
    const program = programOf(exchange, sessions, attempts);
    const session = program ?? await sessionOf(exchange, sessions);
    if (session === null) throw new GatewayError("invalid_api_key", LOGGED_OUT);
    if (exchange.method !== "GET" && exchange.method !== "HEAD") {
      const token = exchange.request?.headers.get("x-csrf-token") ?? "";
      if (program === null && !same(token, session.csrf)) throw refused(exchange, NO_TOKEN);
      if (session.role !== "admin") throw new GatewayError("permission_denied", ONLY_READS);
      sameOrigin(exchange);
    }
    return await endpoint(exchange, params, session);
  };
}

export async function sessionOf(exchange: Exchange, sessions: Sessions): Promise<Session | null> {
  return await sessions.of(exchange.request?.headers.get("cookie") ?? null);
}

/** A program's, which shows its key: no other site's page can make a browser do so, and so it needs no token. */
function programOf(exchange: Exchange, sessions: Sessions, attempts: KeyAttempts): Session | null {
  const [, key] = BEARER.exec(exchange.request?.headers.get("authorization") ?? "") ?? [];
  if (key === undefined) return null;
  try {
    attempts.admit(exchange);
  } catch (error) {
    exchange.background = false;
    throw error;
  }
  const role = sessions.roleOf(key);
  if (role !== null) return { id: "", role, until: Infinity, csrf: "" };
  attempts.wrong(exchange);
  return null;
}

/** What all answers of the console say to browsers. Nothing of it is told in a log: keys go in, and all that is kept out. */
export function protect(exchange: Exchange, caching = "no-store"): void {
  exchange.content = null;
  addHeader(exchange, "content-security-policy", CONTENT_SECURITY_POLICY);
  addHeader(exchange, "x-content-type-options", "nosniff");
  addHeader(exchange, "x-frame-options", "DENY");
  addHeader(exchange, "referrer-policy", "no-referrer");
  addHeader(exchange, "cross-origin-opener-policy", "same-origin");
  addHeader(exchange, "cache-control", caching);
}

/** @throws {GatewayError} where another site's page asks. */
export function sameOrigin(exchange: Exchange): void {
  const headers = exchange.request?.headers;
  const site = headers?.get("sec-fetch-site") ?? null;
  if (site !== null && site !== "same-origin" && site !== "none") throw refused(exchange, ELSEWHERE);
  const origin = headers?.get("origin") ?? null;
  if (origin === null) return;
  if (!URL.canParse(origin) || new URL(origin).host !== exchange.host) throw refused(exchange, ELSEWHERE);
}

/** Told in the log: it is not what the console's own pages do. */
function refused(exchange: Exchange, message: string): GatewayError {
  exchange.background = false;
  return new GatewayError("permission_denied", message);
}
