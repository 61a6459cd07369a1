/**
 * Postgres keeps no NUL in a text, and UTF-8 no half of a surrogate pair. Both are written as an escape, and so is
 * the escape's own character, so that no two texts become one. What `JSON.stringify` writes has none of them.
 */
const ESCAPE = "\u0001";
// deno-lint-ignore no-control-regex
const UNKEEPABLE = /[\u0000\u0001\p{Surrogate}]/gu;
// deno-lint-ignore no-control-regex
const ESCAPED = /\u0001([0-9a-f]{4})/g;

/** A text as the database can keep it. */
export function kept(text: string): string {
  return text.replace(
    UNKEEPABLE,
    (unit) => ESCAPE + unit.charCodeAt(0).toString(16).padStart(4, "0"),
  );
}

/** What {@linkcode kept} was given. */
export function restored(text: string): string {
  return text.includes(ESCAPE)
    ? text.replace(ESCAPED, (_, code: string) => String.fromCharCode(parseInt(code, 16)))
    : text;
}
