const encoder = new TextEncoder();
// deno-lint-ignore no-control-regex -- those are one byte too
const ASCII = /^[\x00-\x7f]*$/;

/** Bytes of a text in UTF-8. */
export function byteLength(text: string): number {
  return ASCII.test(text) ? text.length : encoder.encode(text).length;
}
