/** Methods that may be a label or part of a span's name; a client can send any word as one. */
const KNOWN = new Set([
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "DELETE",
  "CONNECT",
  "OPTIONS",
  "TRACE",
  "PATCH",
  "QUERY",
]);

/** The method, or `fallback` for one that no standard knows. */
export function knownMethod(method: string, fallback: string): string {
  return KNOWN.has(method) ? method : fallback;
}
