import { ROOT_CONTEXT, SpanKind, trace, TraceFlags } from "@opentelemetry/api";
import type { RemoteParent } from "./propagation/propagator.ts";
import type { Sampler } from "./sampling/sampler.ts";
import type { TelemetryOptions } from "./telemetry.ts";

/** A sampler of the OpenTelemetry SDK, of whatever version: what `@opentelemetry/sdk-trace-base` calls `Sampler`. */
export interface SdkSampler {
  shouldSample(...args: Parameters<SdkDecision>): ReturnType<SdkDecision>;
}

type SdkDecision = (
  context: typeof ROOT_CONTEXT,
  traceId: string,
  spanName: string,
  spanKind: SpanKind,
  attributes: Record<string, never>,
  links: never[],
) => { readonly decision: number };

export interface ObservabilityManagerOptions {
  /** `service.name`. */
  readonly serviceName?: string;
  /** `service.version`. */
  readonly serviceVersion?: string;
  /** `deployment.environment`, and `deployment.environment.name`. */
  readonly deploymentEnvironment?: string;
  /**
   * Decides which traces are kept, in place of the configured sampler: the gateway's kind or the SDK's. It is asked
   * once a request, with the caller's context and the trace id; names and attributes of spans come later and are
   * not known then.
   */
  readonly sampler?: Sampler | SdkSampler;
}

/**
 * What a program that embeds the gateway says of its telemetry in code. It beats file and environment; where traces
 * go stays their matter.
 *
 * @example
 * ```ts
 * const observability = new ObservabilityManager({ serviceName: "my-gateway", sampler }).initialize();
 * await startGateway(config, { version, writer: Deno.stdout, terminal: false, observability });
 * ```
 */
export class ObservabilityManager {
  readonly #options: ObservabilityManagerOptions;
  #sampler: Sampler | null = null;
  #initialized = false;

  constructor(options: ObservabilityManagerOptions = {}) {
    this.#options = options;
  }

  /**
   * Checks what was given and makes it ready. Idempotent.
   * @throws {TypeError} if a name is empty or the sampler is none.
   */
  initialize(): this {
    if (this.#initialized) return this;
    const { sampler, ...texts } = this.#options;
    for (const [name, value] of Object.entries(texts)) {
      if (value === "") throw new TypeError(`Cannot initialise observability: ${name} is empty`);
    }
    if (sampler !== undefined) {
      if (typeof sampler.shouldSample !== "function") {
        throw new TypeError("Cannot initialise observability: the sampler has no shouldSample()");
      }
      this.#sampler = "parentBased" in sampler ? sampler : new AdaptedSampler(sampler);
    }
    this.#initialized = true;
    return this;
  }

  /** Telemetry's options with what this manager says. @throws {Error} before {@linkcode initialize}. */
  apply(options: TelemetryOptions): TelemetryOptions {
    if (!this.#initialized) throw new Error("Cannot use the observability manager: it is not initialised");
    const resource = { ...options.resource, ...this.#resource() };
    const { tracing } = options;
    if (tracing === null) return { ...options, resource };
    const sampler = this.#sampler ?? tracing.sampler;
    return {
      ...options,
      resource,
      tracing: { ...tracing, sampler },
    };
  }

  #resource(): Record<string, string> {
    const { serviceName, serviceVersion, deploymentEnvironment } = this.#options;
    return {
      ...(serviceName === undefined ? {} : { "service.name": serviceName }),
      ...(serviceVersion === undefined ? {} : { "service.version": serviceVersion }),
      ...(deploymentEnvironment === undefined ? {} : {
        "deployment.environment": deploymentEnvironment,
        "deployment.environment.name": deploymentEnvironment,
      }),
    };
  }
}

/** `SamplingDecision.RECORD_AND_SAMPLED`. */
const RECORD_AND_SAMPLED = 2;

/** The SDK's sampler as one of the gateway's. */
class AdaptedSampler implements Sampler {
  readonly off = false;
  readonly parentBased = false;
  readonly rate = NaN;
  readonly #sampler: SdkSampler;

  constructor(sampler: SdkSampler) {
    this.#sampler = sampler;
  }

  shouldSample(parent: RemoteParent | null, traceId: string): boolean {
    const context = parent === null || parent.sampled === null
      ? ROOT_CONTEXT
      : trace.setSpanContext(ROOT_CONTEXT, {
        traceId: parent.traceId,
        spanId: parent.spanId,
        traceFlags: parent.sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
        isRemote: true,
      });
    const { decision } = this.#sampler.shouldSample(context, traceId, "request", SpanKind.SERVER, {}, []);
    return decision === RECORD_AND_SAMPLED;
  }
}
