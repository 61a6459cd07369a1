import type { UpstreamHeaders } from "../providers/provider.ts";
import { addHeader } from "../stages/add_header.ts";
import type { Exchange } from "../telemetry/exchange.ts";

/**
 * A response made with one content type takes Deno's short way; with more headers in its constructor it costs
 * 5 µs. So endpoints name the type alone, and all else is set afterwards (0.06 µs each) from the record.
 */
const CONTENT_TYPES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "application/json": { "content-type": "application/json" },
  "text/event-stream": { "content-type": "text/event-stream" },
};

/** A family's rate-limit headers; the first tells whether a provider sends them. */
const PROVIDER_LIMITS: readonly (readonly [string, ...string[]])[] = [
  [
    "x-ratelimit-limit-requests",
    "x-ratelimit-remaining-requests",
    "x-ratelimit-reset-requests",
    "x-ratelimit-limit-tokens",
    "x-ratelimit-remaining-tokens",
    "x-ratelimit-reset-tokens",
  ],
  [
    "anthropic-ratelimit-requests-limit",
    "anthropic-ratelimit-requests-remaining",
    "anthropic-ratelimit-requests-reset",
    "anthropic-ratelimit-tokens-limit",
    "anthropic-ratelimit-tokens-remaining",
    "anthropic-ratelimit-tokens-reset",
    "anthropic-ratelimit-input-tokens-limit",
    "anthropic-ratelimit-input-tokens-remaining",
    "anthropic-ratelimit-input-tokens-reset",
    "anthropic-ratelimit-output-tokens-limit",
    "anthropic-ratelimit-output-tokens-remaining",
    "anthropic-ratelimit-output-tokens-reset",
  ],
];

/**
 * Headers for an answer's constructor: its content type. What the provider says of its limits is noted in the
 * record, from where it goes out with the gateway's own headers.
 *
 * @param upstream the answering provider's headers; null where the gateway answers itself.
 */
export function responseHeaders(
  exchange: Exchange,
  contentType: string,
  upstream: UpstreamHeaders | null,
): Readonly<Record<string, string>> {
  if (upstream !== null) forwardLimits(exchange, upstream);
  return CONTENT_TYPES[contentType] ?? { "content-type": contentType };
}

function forwardLimits(exchange: Exchange, upstream: UpstreamHeaders): void {
  for (const names of PROVIDER_LIMITS) {
    // The gateway's own are the nearer ones.
    if (upstream.get(names[0]) === null || exchange.answerHeaders?.includes(names[0]) === true) continue;
    for (const name of names) {
      const value = upstream.get(name);
      if (value !== null) addHeader(exchange, name, value);
    }
  }
}
