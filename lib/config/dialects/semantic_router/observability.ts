import { nodeAt } from "../../lookup.ts";
import { formatPath, isMapping, type Path } from "../../path.ts";
import type { Reader } from "./reader.ts";

const AT = ["observability"];
const TRACING = [...AT, "tracing"];

/**
 * The router's keys are the gateway's own too, so the section is taken over as it is, with whatever else the gateway
 * knows there, and checked as its own.
 * @param growing the file is of a version that others follow: what the gateway does not know there is left out, by name.
 * @see https://vllm-semantic-router.com/docs/tutorials/observability/distributed-tracing
 */
export function convertObservability(reader: Reader, growing: boolean): void {
  const { draft } = reader;
  const given = reader.value(AT);
  if (given !== undefined) draft.set(AT, ours(reader, given, growing), AT);
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
function ours(reader: Reader, given: unknown, growing: boolean, path: Path = AT): unknown {
  if (!isMapping(given)) return given;
  const entries = Object.entries(given).flatMap(([name, value]): [string, unknown][] => {
    const here = [...path, name];
    if (value === "" || value === null || formatPath(here) === WINDOWED) return [];
    if (growing && nodeAt(path)?.type === "section" && nodeAt(here) === null) {
      reader.draft.note(here, "is not read: it is no key of the router's that is known here");
      return [];
    }
    return [[name, ours(reader, value, growing, here)]];
  });
  return Object.fromEntries(entries);
}

/** Told of by itself. */
const WINDOWED = "observability.metrics.windowed_metrics";
