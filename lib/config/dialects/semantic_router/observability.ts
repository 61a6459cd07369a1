import { isMapping, type Tree, withValue } from "../../path.ts";
import type { Reader } from "./reader.ts";

const AT = ["observability"];
const TRACING = [...AT, "tracing"];

/**
 * The router's keys are the gateway's own too, so the section is taken over as it is, with whatever else the gateway
 * knows there, and checked as its own.
 * @see https://vllm-semantic-router.com/docs/tutorials/observability/distributed-tracing
 */
export function convertObservability(reader: Reader): void {
  const { draft } = reader;
  const given = reader.value(AT);
  if (given !== undefined) draft.set(AT, ours(given), AT);
  draft.setDefault([...AT, "conventions"], ["semantic_router", "openinference"]);
  if (!draft.has([...TRACING, "service_name"])) {
    draft.setDefault([...TRACING, "resource", "service_name"], "vllm-semantic-router");
  }
  convertNames(reader);
  const windowed = [...AT, "metrics", "windowed_metrics"];
  if (reader.flag([...windowed, "enabled"]) === true) {
    draft.remark(windowed, "Prometheus makes windows of the metrics (`rate`), the gateway keeps none");
  }
}

/** Exporters and providers of other names. */
function convertNames(reader: Reader): void {
  const { draft } = reader;
  const type = [...TRACING, "exporter", "type"];
  const exporter = reader.value(type);
  if (exporter === "jaeger" || exporter === "zipkin") {
    draft.set(type, "otlp", type);
    draft.note(
      type,
      `${exporter} is reached by OTLP here: the endpoint has to be its OTLP port (4317)`,
      type,
    );
  }
  const provider = [...TRACING, "provider"];
  const named = reader.value(provider);
  if (named === "openinference" || named === "openllmetry") {
    draft.set(provider, "opentelemetry", provider);
    draft.remark(
      provider,
      "OpenTelemetry is the one there is; whose names spans have is said by `observability.conventions`",
      provider,
    );
  }
}

/** A copy without what the gateway has no place for, and without what is left empty. */
function ours(given: unknown): unknown {
  if (!isMapping(given)) return given;
  const { metrics } = given;
  const none = !isMapping(metrics) || metrics.windowed_metrics === undefined;
  return filled(none ? given : withValue(given, ["metrics", "windowed_metrics"], undefined) as Tree);
}

function filled(tree: Tree): Tree {
  const entries = Object.entries(tree).filter(([, value]) => value !== "" && value !== null);
  return Object.fromEntries(
    entries.map(([name, value]): [string, unknown] => [name, isMapping(value) ? filled(value) : value]),
  );
}
