import { DEFAULT_PROFILES, type Profile } from "../telemetry/names/profiles.ts";
import { listenAddressOf } from "./listen.ts";
import type { Report } from "./check.ts";
import type { ObservabilityConfig, SamplerConfig, TracingConfig } from "./config.ts";
import { Exporters } from "./exporters.ts";
import type { Layers } from "./layers.ts";
import { formatPath, type Path, valueAt } from "./path.ts";
import type { PemFiles } from "./pem_files.ts";
import type { FileConfig } from "./schema.ts";
import { CONTENT_ATTRIBUTES } from "../telemetry/names/content_attributes.ts";
import { type CustomAttribute, MAX_CUSTOM_ATTRIBUTES } from "../telemetry/names/custom_attributes.ts";
import { METRIC_GROUPS, type MetricProfile } from "../telemetry/names/metrics.ts";
import type { PropagatorName } from "../telemetry/names/propagators.ts";
import { SAMPLERS } from "./sections/observability.ts";

type FileTracing = FileConfig["observability"]["tracing"];

const TRACING = ["observability", "tracing"];

/** Whose names are used by default. */
const DIALECTS = {
  gateway: { service: "llm-gateway", conventions: DEFAULT_PROFILES },
  llmrouter: { service: "litellm-gateway", conventions: ["llmrouter", "gen_ai"] },
  semantic_router: { service: "vllm-semantic-router", conventions: ["semantic_router", "openinference"] },
} as const satisfies Record<string, { service: string; conventions: readonly Profile[] }>;

/** Keys that semantic-router's configuration has and other dialects' do not. */
const SEMANTIC_ROUTER_KEYS = [
  ["provider"],
  ["sampling"],
  ["resource", "service_name"],
  ["resource", "service_version"],
  ["resource", "deployment_environment"],
];

export interface ResolvedObservability {
  readonly observability: ObservabilityConfig;
  /** What keys come to that are not given and have no fixed default, by formatted path. */
  readonly computed: ReadonlyMap<string, unknown>;
  readonly warnings: readonly string[];
}

/** Merges both spellings, fills in what depends on other keys, and decides whether and where traces go. */
export function resolveObservability(
  file: FileConfig,
  layers: Layers,
  report: Report,
  pem: PemFiles,
): ResolvedObservability {
  const { enabled, conventions, metrics, tracing, logs } = file.observability;
  const warnings: string[] = [];
  const dialect = DIALECTS[dialectOf(layers)];
  const spellings = new Spellings(layers, report);
  const sampler = resolveSampler(tracing, spellings);
  const serviceName = spellings.merge(
    [[...TRACING, "service_name"], tracing.service_name],
    [[...TRACING, "resource", "service_name"], tracing.resource.service_name],
  ) ?? dialect.service;
  const exporters = new Exporters(file.observability, layers, report, pem);
  const wanted = tracing.exporter.type?.includes("none") !== true &&
    (tracing.enabled ?? exporters.traces.length > 0);
  if (
    enabled && tracing.enabled === true && tracing.exporter.type === null && exporters.traces.length === 0
  ) {
    warnings.push("observability.tracing is enabled and names no exporter: traces are made and go nowhere");
  }
  const names = conventions.length > 0 ? conventions : dialect.conventions;
  if (file.observability.capture_content && !names.some(tellsContent)) {
    warnings.push(
      `observability.capture_content tells nothing under the conventions ${names.join(", ")}: ` +
        "gen_ai and openinference have names for it",
    );
  }
  const resolved: TracingConfig = {
    enabled: enabled && wanted,
    sampler,
    exporters: enabled && wanted ? exporters.traces : [],
    propagators: propagatorsOf(tracing),
    attributes: attributesOf(tracing, report),
    trustParent: tracing.trust_parent ?? (file.auth.keys.length > 0 ? "keys" : "always"),
    tail: tailOf(tracing),
    batch: tracing.batch,
    limits: tracing.limits,
  };
  return {
    observability: {
      conventions: names,
      content: file.observability.capture_content
        ? { maxLength: file.observability.max_content_length }
        : null,
      resource: resourceOf(tracing, serviceName),
      metrics: {
        enabled: enabled && metrics.enabled,
        path: metrics.path,
        address: listenAddressOf(metrics.listen, file.server.host),
        profiles: metricProfiles(metrics.profiles, names),
        sharedDirectory: metrics.shared_directory,
        groups: metrics.groups.length > 0 ? metrics.groups : METRIC_GROUPS,
        push: {
          exporters: enabled && metrics.enabled ? exporters.metrics : [],
          interval: metrics.interval,
          temporality: metrics.temporality,
        },
      },
      logs: { exporters: enabled ? exporters.logs : [], batch: logs.batch },
      tracing: resolved,
    },
    computed: computedKeys(resolved, names, serviceName),
    warnings,
  };
}

/** As listed; a convention that has metrics of its own brings them along. */
function metricProfiles(listed: readonly MetricProfile[], conventions: readonly Profile[]): MetricProfile[] {
  const profiles = listed.length > 0 ? listed : ["gateway" as const];
  return [
    ...new Set([...profiles, ...(conventions.includes("gen_ai_next") ? ["gen_ai_next" as const] : [])]),
  ];
}

/** Whether a profile has names for what was said. */
function tellsContent(profile: Profile): boolean {
  return CONTENT_ATTRIBUTES["gen_ai.input.messages"].profiles.some((it) => it === profile) ||
    CONTENT_ATTRIBUTES["input.value"].profiles.some((it) => it === profile);
}

/** The environment sets tracing up where the file names no exporter and it does, or by LLMRouter's own variable. */
function dialectOf(layers: Layers): keyof typeof DIALECTS {
  const inFile = (path: Path) => valueAt(layers.file, [...TRACING, ...path]) !== undefined;
  const inEnvironment = (path: Path) => layers.originOf([...TRACING, ...path]).from === "environment";
  if (SEMANTIC_ROUTER_KEYS.some(inFile)) return "semantic_router";
  const rate = layers.originOf([...TRACING, "sampler", "rate"]);
  if (rate.from === "environment" && rate.variable === "LLMROUTER_OTEL_SAMPLE_RATE") return "llmrouter";
  const exporterInFile = inFile(["exporter", "type"]) || inFile(["exporter", "endpoint"]);
  return !exporterInFile && inEnvironment(["exporter", "type"]) ? "llmrouter" : "gateway";
}

/** Two keys that mean one thing. */
class Spellings {
  readonly #layers: Layers;
  readonly #report: Report;

  constructor(layers: Layers, report: Report) {
    this.#layers = layers;
    this.#report = report;
  }

  /** The value of either; two values of the file that differ are a problem, and the environment's beats the file's. */
  merge<T>(first: readonly [Path, T | null], second: readonly [Path, T | null]): T | null {
    if (first[1] === null || second[1] === null || first[1] === second[1]) return first[1] ?? second[1];
    const above = [first, second].find(([path]) => this.#layers.originOf(path).from !== "file");
    if (above !== undefined) return above[1];
    this.#report.add(
      second[0],
      `${String(second[1])} here and ${String(first[1])} in ${
        formatPath(first[0])
      }, which mean the same; give one`,
    );
    return first[1];
  }
}

function resolveSampler({ sampler, sampling }: FileTracing, spellings: Spellings): SamplerConfig {
  const key = (section: string, name: string) => [...TRACING, section, name];
  const given = spellings.merge(
    [key("sampler", "type"), sampler.type === null ? null : SAMPLERS[sampler.type]],
    [key("sampling", "type"), sampling.type === null ? null : SAMPLERS[sampling.type]],
  );
  const rate = spellings.merge([key("sampler", "rate"), sampler.rate], [
    key("sampling", "rate"),
    sampling.rate,
  ]);
  const type = given ?? (rate === null ? "parentbased_always_on" : "parentbased_traceidratio");
  const hasRate = type.endsWith("traceidratio") || type === "consistent_probability";
  return { type, rate: hasRate ? rate ?? 1 : 1 };
}

function resourceOf({ resource }: FileTracing, serviceName: string): Readonly<Record<string, string>> {
  const { service_version: version, deployment_environment: environment, attributes } = resource;
  return {
    ...attributes,
    "service.name": serviceName,
    ...(version === null ? {} : { "service.version": version }),
    ...(environment === null
      ? {}
      : { "deployment.environment": environment, "deployment.environment.name": environment }),
  };
}

/** As listed, each once. */
function propagatorsOf({ propagators }: FileTracing): readonly PropagatorName[] {
  if (propagators.length === 0) return ["tracecontext", "baggage"];
  if (propagators.includes("none")) return [];
  return [...new Set(propagators)].filter((name) => name !== "none");
}

function attributesOf({ attributes }: FileTracing, report: Report): readonly CustomAttribute[] {
  const entries = Object.entries(attributes);
  if (entries.length > MAX_CUSTOM_ATTRIBUTES) {
    report.add(
      [...TRACING, "attributes"],
      `expected at most ${MAX_CUSTOM_ATTRIBUTES}, got ${entries.length}`,
    );
  }
  return entries.flatMap(([name, { value, header, metadata, key_tag: tag }]): CustomAttribute[] => {
    const given: CustomAttribute[] = [
      ...(value === null ? [] : [{ name, from: "value", value } as const]),
      ...(header === null ? [] : [{ name, from: "header", header: header.toLowerCase() } as const]),
      ...(metadata === null ? [] : [{ name, from: "metadata", key: metadata } as const]),
      ...(tag === null ? [] : [{ name, from: "key_tag", tag } as const]),
    ];
    if (given.length !== 1) {
      report.add([...TRACING, "attributes", name], "expected one of value, header, metadata and key_tag");
    }
    return given;
  });
}

function tailOf({ tail_sampling: tail }: FileTracing): TracingConfig["tail"] {
  const configured = tail.errors || tail.blocked || tail.fallback || tail.models.length > 0 ||
    tail.keys.length > 0 ||
    tail.slower_than > 0 || tail.ttft_over > 0 || tail.cost_over > 0;
  return configured ? tail : null;
}

function computedKeys(
  tracing: TracingConfig,
  conventions: readonly string[],
  serviceName: string,
): ReadonlyMap<string, unknown> {
  const otlp = tracing.exporters.find((exporter) => exporter.type === "otlp");
  const at = "observability.tracing";
  return new Map<string, unknown>([
    ["observability.conventions", conventions],
    [`${at}.enabled`, tracing.enabled],
    [`${at}.service_name`, serviceName],
    [`${at}.sampler.type`, tracing.sampler.type],
    [`${at}.sampler.rate`, tracing.sampler.rate],
    [
      `${at}.exporter.type`,
      tracing.exporters.length > 0 ? tracing.exporters.map(({ type }) => type) : "none",
    ],
    [`${at}.propagators`, tracing.propagators],
    [`${at}.trust_parent`, tracing.trustParent],
    ...(otlp === undefined
      ? []
      : [[`${at}.exporter.endpoint`, otlp.url], [`${at}.exporter.protocol`, otlp.protocol]] as const),
  ]);
}
