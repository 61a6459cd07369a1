import type { Resource } from "./exporters/exporter.ts";

export interface ResourceOptions {
  readonly serviceName: string;
  readonly serviceVersion: string;
  readonly deploymentEnvironment?: string | undefined;
  /** Any others; they beat none of the above. */
  readonly attributes?: Readonly<Record<string, string>> | undefined;
  /** Default: random. */
  readonly instanceId?: string | undefined;
}

/**
 * What traces say of the gateway itself.
 * @see https://opentelemetry.io/docs/specs/semconv/resource/
 */
export function createResource(options: ResourceOptions): Resource {
  const { deploymentEnvironment: environment } = options;
  return {
    "service.instance.id": options.instanceId ?? crypto.randomUUID(),
    ...options.attributes,
    "service.name": options.serviceName,
    "service.version": options.serviceVersion,
    // The second is the name that the first was given later; backends look for either.
    ...(environment === undefined
      ? {}
      : { "deployment.environment": environment, "deployment.environment.name": environment }),
  };
}
