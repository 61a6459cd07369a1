import type { Resource } from "./exporters/exporter.ts";

/**
 * What traces say of the gateway itself: what is configured, over what every process has.
 * @param version of the gateway.
 * @see https://opentelemetry.io/docs/specs/semconv/resource/
 */
export function createResource(
  configured: Resource,
  version: string,
  instanceId: string = crypto.randomUUID(),
): Resource {
  return {
    "service.name": "llm-gateway",
    "service.version": version,
    "service.instance.id": instanceId,
    ...configured,
  };
}
