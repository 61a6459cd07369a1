import type { UpstreamHeaders } from "./provider.ts";

const NONSENSE = -1;

/**
 * How long a provider asks to wait: `retry-after-ms`, or `retry-after` in seconds or as a date.
 * @param wall now, Unix milliseconds.
 * @returns seconds, perhaps a fraction; null where it says nothing, -1 where what it says is no time to come.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
export function retryAfterOf(headers: UpstreamHeaders, wall: number): number | null {
  const milliseconds = headers.get("retry-after-ms");
  if (milliseconds !== null) return seconds(milliseconds, 1000);
  const value = headers.get("retry-after");
  if (value === null) return null;
  if (/^\s*[A-Za-z]/.test(value)) {
    const until = (Date.parse(value) - wall) / 1000;
    return until >= 0 ? until : NONSENSE;
  }
  return seconds(value, 1);
}

function seconds(text: string, perSecond: number): number {
  return /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) / perSecond : NONSENSE;
}
