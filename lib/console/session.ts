import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { EndedSessions } from "./ended_sessions.ts";

/** What somebody may do in the console: look, or change things too. */
export type Role = "admin" | "read";

export interface Session {
  /** Names it among those that have ended; empty: a program's, which shows its key each time. */
  readonly id: string;
  readonly role: Role;
  /** When it ends by itself, Unix milliseconds. */
  readonly until: number;
  /** What each change has to carry in `x-csrf-token`. */
  readonly csrf: string;
}

export interface ConsoleKey {
  readonly key: string;
  readonly role: Role;
}

const NAME = "llm_gateway_console";
/** Longer than any key: not worth hashing. */
const LONGEST = 1024;

/**
 * Sessions of the console. A session is its cookie, signed with the keys that one can log in with: every process of a
 * gateway knows it, it outlives a restart, and it ends with its key. What is kept is which ones were ended before.
 * @see https://www.rfc-editor.org/rfc/rfc6265
 */
export class Sessions {
  readonly #keys: readonly (ConsoleKey & { readonly digest: Uint8Array })[];
  readonly #ttl: number;
  readonly #now: () => number;
  readonly #ended: EndedSessions;

  /** @param ttl milliseconds that a session lasts. @param now Unix milliseconds. */
  constructor(keys: readonly ConsoleKey[], ttl: number, now: () => number, ended: EndedSessions) {
    this.#keys = keys.map((key) => ({ ...key, digest: mac(DIGEST, key.key) }));
    this.#ttl = ttl;
    this.#now = now;
    this.#ended = ended;
  }

  /** @returns the `set-cookie` of a new session; null: nobody has this key. */
  begin(key: string, secure: boolean): string | null {
    const known = this.#find(key);
    if (known === null) return null;
    const id = randomBytes(16).toString("base64url");
    const said = `${known.role}.${this.#now() + this.#ttl}.${id}`;
    const value = `${said}.${signature(known.key, said)}`;
    return cookie(value, Math.floor(this.#ttl / 1000), secure);
  }

  /** What a program may do that shows a key with each request; null: nobody has this key. */
  roleOf(key: string): Role | null {
    return this.#find(key)?.role ?? null;
  }

  /** The session of a request's cookies; null: there is none, or not any more. */
  async of(cookies: string | null): Promise<Session | null> {
    const value = cookieNamed(NAME, cookies ?? "");
    const [role = "", until = "", id = "", signed = ""] = value.split(".");
    const said = `${role}.${until}.${id}`;
    const known = this.#keys.find((it) => it.role === role && same(signature(it.key, said), signed));
    if (known === undefined) return null;
    const session = {
      id,
      role: known.role,
      until: Number(until),
      csrf: signature(known.key, `csrf ${value}`),
    };
    return await this.isOver(session) ? null : session;
  }

  /** Whether one that was good is so no more. */
  async isOver({ id, until }: Session): Promise<boolean> {
    return !(until > this.#now()) || (id !== "" && await this.#ended.has(id));
  }

  /** Ends a session for whoever has its cookie. */
  async end({ id, until }: Session): Promise<void> {
    await this.#ended.add({ id, until });
  }

  #find(key: string): ConsoleKey | null {
    if (key.length > LONGEST) return null;
    const digest = mac(DIGEST, key);
    return this.#keys.find((it) => timingSafeEqual(it.digest, digest)) ?? null;
  }

  /** The `set-cookie` that has a browser forget its session. */
  static forget(secure: boolean): string {
    return cookie("", 0, secure);
  }
}

export function same(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(new TextEncoder().encode(a), new TextEncoder().encode(b));
}

const DIGEST = "llm-gateway console key";
const SIGNATURE = "llm-gateway console session ";

function mac(key: string, text: string): Uint8Array {
  return createHmac("sha256", key).update(text).digest();
}

function signature(key: string, text: string): string {
  return createHmac("sha256", SIGNATURE + key).update(text).digest("base64url");
}

function cookie(value: string, seconds: number, secure: boolean): string {
  return `${NAME}=${value}; Path=/console; Max-Age=${seconds}; HttpOnly; SameSite=Strict${
    secure ? "; Secure" : ""
  }`;
}

function cookieNamed(name: string, cookies: string): string {
  for (const pair of cookies.split(";")) {
    const [key = "", ...value] = pair.trim().split("=");
    if (key === name) return value.join("=");
  }
  return "";
}
