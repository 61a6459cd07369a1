import type { Config } from "../config/config.ts";
import { configuredKeys } from "./configured_keys.ts";
import type { Foundation } from "./foundation.ts";
import type { AnswerHeaderOptions } from "../middleware/answer_headers.ts";
import { admission } from "../middleware/admission.ts";
import { ApiKeys } from "../middleware/api_keys.ts";
import { auth } from "../middleware/auth.ts";
import { captureHeaders } from "../middleware/capture_headers.ts";
import { cors } from "../middleware/cors.ts";
import type { Limiters } from "../middleware/limiters.ts";
import { logging } from "../middleware/logging.ts";
import { metrics } from "../middleware/metrics.ts";
import type { Middleware } from "../middleware/middleware.ts";
import { keyLimit, rateLimit } from "../middleware/rate_limit.ts";
import { limitOf } from "./request_limit.ts";
import { tracing } from "../middleware/tracing.ts";
import { Propagators } from "../telemetry/propagation/propagators.ts";
import { Redactor } from "../telemetry/redaction.ts";
import type { Sampler } from "../telemetry/sampling/sampler.ts";

export interface Layers {
  /** For every request. */
  readonly layers: readonly Middleware[];
  /** Between those and the routes that are not public. */
  readonly guards: readonly Middleware[];
}

/** The layers in their order, the outermost first; what is not configured is not there. */
export function buildLayers(
  config: Config,
  foundation: Foundation,
  { sampler, traced, limiters }: {
    readonly sampler: Sampler;
    /** Ids of traces are made. */
    readonly traced: boolean;
    readonly limiters: Limiters;
  },
): Layers {
  const { telemetry, clock, deadlines, overload } = foundation;
  const { recorder } = telemetry;
  const directory = foundation.keys?.directory ?? null;
  const keys = config.auth.keys.length === 0 && directory === null
    ? null
    : new ApiKeys(configuredKeys(config), directory);
  const layers: Middleware[] = [
    ...(foundation.requests !== null && config.requests.headers
      ? [captureHeaders(new Redactor(config.logging.redact))]
      : []),
    logging({ clock, deadlines, headers: answerHeaders(config), onStart: telemetry.logStart }),
  ];
  if (traced) {
    const { propagators, trustParent, tail, attributes } = config.observability.tracing;
    // Baggage that no provider gets is not looked for.
    const baggage = Object.values(config.providers).some((it) => it.baggage);
    layers.push(tracing({
      sampler,
      headers: attributes.flatMap((it) => it.from === "header" ? [[it.name, it.header] as const] : []),
      rules: tail !== null && !sampler.off,
      propagators: new Propagators(propagators.filter((name) => name !== "baggage" || baggage)),
      trusts: trustParent === "keys"
        ? (exchange) => (keys?.identify(exchange)?.key ?? null) !== null
        : () => trustParent === "always",
    }));
  }
  if (config.observability.metrics.enabled) layers.push(metrics());
  const maxInFlight = config.server.max_in_flight;
  layers.push(admission({ maxInFlight, inFlight: () => recorder.inFlight, overload }));
  if (config.server.cors.allowed_origins.length > 0) layers.push(cors(config.server.cors));
  const perAddress = limitOf(config.rate_limit.per_address);
  const perKey = limitOf(config.rate_limit.per_key);
  if (perAddress !== null || perKey !== null) {
    layers.push(rateLimit({ limiters, perAddress, perKey, keys }));
  }
  return {
    layers,
    guards: keys === null ? [] : [auth({ keys, clock, directory }), keyLimit({ limiters, keys })],
  };
}

function answerHeaders({ server: { headers }, observability }: Config): AnswerHeaderOptions {
  return {
    ...headers,
    semantic_router: headers.semantic_router ?? observability.conventions[0] === "semantic_router",
  };
}
