/** A path that is its own canonical form: most are, and one look tells. Segments that begin with a dot take the long way. */
const PLAIN = /^(?:\/[A-Za-z0-9_~!$&'()*+,;=:@-][A-Za-z0-9._~!$&'()*+,;=:@-]*)+$/;

const LONGEST = 8192;
// deno-lint-ignore no-control-regex -- what a request target must not hold as it is
const UNSAFE = /[\x00-\x20\x7f-\uffff\\#]/;
// deno-lint-ignore no-control-regex -- after decoding, spaces and other scripts are allowed
const UNSAFE_DECODED = /[\x00-\x1f\x7f\\]/;
const ENCODED_SLASH = /%2f/i;

/**
 * The one form of a path that routing, authorisation and log share: percent-decoded once, without a slash at the
 * end. What different programs would read in different ways is refused, not mended: empty and dot segments,
 * backslashes, control characters, slashes in disguise, broken encodings.
 *
 * @param slashesUnder path prefixes under which an encoded slash is part of a name (`/v1/models/org%2Fname`).
 * @returns null where the path is refused.
 */
export function canonicalPath(path: string, slashesUnder: readonly string[]): string | null {
  if (PLAIN.test(path)) return path.length <= LONGEST ? path : null;
  if (path === "/") return path;
  if (!path.startsWith("/") || path.length > LONGEST || UNSAFE.test(path)) return null;
  const slash = path.search(ENCODED_SLASH);
  if (slash !== -1 && !slashesUnder.some((prefix) => slash > prefix.length && path.startsWith(prefix))) {
    return null;
  }
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    return null;
  }
  if (UNSAFE_DECODED.test(decoded)) return null;
  if (decoded.endsWith("/")) decoded = decoded.slice(0, -1);
  const segments = decoded.slice(1).split("/");
  return segments.some((segment) => segment === "" || segment === "." || segment === "..") ? null : decoded;
}
