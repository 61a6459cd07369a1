/** How a trace and its baggage are passed on, by the names in `OTEL_PROPAGATORS`. */
export const PROPAGATOR_NAMES = ["tracecontext", "baggage", "b3", "b3multi", "jaeger", "xray"] as const;

export type PropagatorName = typeof PROPAGATOR_NAMES[number];
