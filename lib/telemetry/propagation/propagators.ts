import type { PropagatorName } from "../names/propagators.ts";
import { b3Multi, b3Single } from "./b3.ts";
import { jaeger } from "./jaeger.ts";
import type { OutgoingContext, Propagator, RemoteParent } from "./propagator.ts";
import { traceContext } from "./trace_context.ts";
import { xray } from "./xray.ts";

/** `baggage` carries no trace: whether it goes on is a matter of each provider. */
const PROPAGATORS: Readonly<Record<Exclude<PropagatorName, "baggage">, Propagator>> = {
  tracecontext: traceContext,
  b3: b3Single,
  b3multi: b3Multi,
  jaeger,
  xray,
};

/** Several formats as one. */
export class Propagators {
  /** Whether callers' baggage is passed on. */
  readonly baggage: boolean;
  readonly #formats: readonly Propagator[];

  /** @param names in the order in which they are read: where several find a parent, the last one counts. */
  constructor(names: readonly PropagatorName[]) {
    this.baggage = names.includes("baggage");
    this.#formats = names.flatMap((name) => name === "baggage" ? [] : [PROPAGATORS[name]]);
  }

  /**
   * The caller's context. What is there and malformed takes nothing away from what another format found.
   * @see https://opentelemetry.io/docs/specs/otel/context/api-propagators/
   */
  extract(headers: Headers): RemoteParent | null {
    let parent: RemoteParent | null = null;
    for (const format of this.#formats) parent = format.extract(headers) ?? parent;
    return parent;
  }

  /** The headers that tell a callee of its caller: `[name, value, …]`. */
  inject(context: OutgoingContext): string[] {
    const headers: string[] = [];
    for (const format of this.#formats) format.inject(context, headers);
    return headers;
  }
}
