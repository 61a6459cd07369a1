import type { UpstreamHeaders } from "../providers/provider.ts";

/** Phases that are not the gateway's own time, or hold others. */
const NOT_OWN: ReadonlySet<string> = new Set(["total", "connect", "ttft", "relay", "upstream", "queue"]);

/**
 * The gateway's own part of a request in milliseconds, as an answer tells it: `Server-Timing`'s `overhead`, else
 * `x-gateway-overhead-ms`, LiteLLM's `x-litellm-overhead-duration-ms`, or the sum of the phases that are its own.
 * Null: it tells nothing.
 */
export function overheadIn(headers: Pick<UpstreamHeaders, "get">): number | null {
  const phases = serverTiming(headers.get("server-timing") ?? "");
  const told = phases.get("overhead") ?? number(headers.get("x-gateway-overhead-ms")) ??
    number(headers.get("x-litellm-overhead-duration-ms"));
  if (told !== null && told !== undefined) return told;
  const own = [...phases].filter(([name]) => !NOT_OWN.has(name));
  return own.length === 0 ? null : own.reduce((sum, [, ms]) => sum + ms, 0);
}

/** Durations by name. @see https://www.w3.org/TR/server-timing/#the-server-timing-header-field */
function serverTiming(header: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const entry of header.split(",")) {
    const [name = "", ...params] = entry.trim().split(";");
    const match = /^\s*dur\s*=\s*"?([\d.]+)"?/i.exec(
      params.find((param) => /^\s*dur\s*=/i.test(param)) ?? "",
    );
    if (name !== "" && match?.[1] !== undefined) found.set(name, Number(match[1]));
  }
  return found;
}

function number(text: string | null): number | null {
  return text === null || text.trim() === "" || Number.isNaN(Number(text)) ? null : Number(text);
}
