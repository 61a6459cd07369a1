const SANE = /^[\x21-\x7e]{1,128}$/;

/** The caller's `x-request-id` where it is fit for headers and logs, else a new UUID. */
export function requestId(given: string | null): string {
  return given !== null && SANE.test(given) ? given : crypto.randomUUID();
}
