import type { AuthScheme } from "../catalog.ts";

/** The header of each scheme, and what stands in it before the key. */
const HEADERS: Readonly<Record<AuthScheme, readonly [name: string, prefix: string]>> = {
  "bearer": ["authorization", "Bearer "],
  "x-api-key": ["x-api-key", ""],
  "api-key": ["api-key", ""],
  "x-goog-api-key": ["x-goog-api-key", ""],
};

/** The header that a configuration names, and the scheme that puts a key there. */
export type KeyHeader = "authorization" | "x-api-key" | "api-key" | "x-goog-api-key";

export function schemeOf(header: KeyHeader): AuthScheme {
  return header === "authorization" ? "bearer" : header;
}

/** Name and value of the header that carries a key. */
export function authHeader(scheme: AuthScheme, key: string): readonly [string, string] {
  const [name, prefix] = HEADERS[scheme];
  return [name, prefix + key];
}

export function authHeaderName(scheme: AuthScheme): string {
  return HEADERS[scheme][0];
}
