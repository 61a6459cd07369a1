import type { ProxyConfig } from "./config.ts";
import { resolveEndpoint, type Signal } from "./endpoint.ts";
import { Secret } from "./secret.ts";
import { COMPRESSIONS, PROTOCOLS } from "./sections/exporter.ts";
import { PROPAGATORS, SAMPLERS, TEMPORALITIES } from "./sections/observability.ts";

export type Environment = (name: string) => string | undefined;

/** One key as the environment sets it. A value of undefined takes away what the file says. */
export interface Setting {
  readonly path: readonly string[];
  readonly value: unknown;
  /** The variable. */
  readonly variable: string;
}

export interface EnvironmentSettings {
  readonly settings: readonly Setting[];
  /** What was not understood and is therefore as if it were not set; holds no value that may be a secret. */
  readonly warnings: readonly string[];
}

/** What a variable says; a {@linkcode Rejection} is warned about and ignored. */
type Reader = (text: string) => unknown;

class Rejection {
  constructor(readonly expects: string) {}
}

const TRACING = ["observability", "tracing"] as const;
const METRICS = ["observability", "metrics"] as const;
const LOGS = ["observability", "logs"] as const;

/** What a timer takes; a longer time would count as none. */
const LONGEST = 2 ** 31 - 1;
/** Items in a queue: more would not fit into memory. */
const MOST = 10_000_000;

const text: Reader = (value) => value;

const boolean: Reader = (value) => {
  const lower = value.toLowerCase();
  return lower === "true" || lower === "false" ? lower === "true" : new Rejection("true or false");
};

function integer(value: string, least: number, most: number): number | null {
  return /^\d+$/.test(value) && Number(value) >= least && Number(value) <= most ? Number(value) : null;
}

const count: Reader = (value) => integer(value, 0, MOST) ?? new Rejection("an integer of at least 0");

const atLeastOne: Reader = (value) => integer(value, 1, MOST) ?? new Rejection("an integer of at least 1");

function duration(least: number): Reader {
  return (value) => {
    const ms = integer(value, least, LONGEST);
    return ms === null ? new Rejection(`milliseconds, an integer of at least ${least}`) : `${ms}ms`;
  };
}

const milliseconds = duration(0);
const positiveMilliseconds = duration(1);

const endpoint: Reader = (value) =>
  resolveEndpoint("traces", { endpoint: value, ownEndpoint: null, protocol: null, insecure: true }) === null
    ? new Rejection("host:port or a URL")
    : value;

function word(words: readonly string[]): Reader {
  return (value) =>
    words.find((candidate) => candidate === value.toLowerCase()) ?? new Rejection(words.join(", "));
}

function words(known: Readonly<Record<string, string>>): Reader {
  return (value) => {
    const given = value.split(",").map((item) => item.trim().toLowerCase()).filter((item) => item !== "");
    const unknown = given.some((item) => !Object.hasOwn(known, item));
    return unknown || given.length === 0
      ? new Rejection(Object.keys(known).join(", "))
      : given.map((i) => known[i]);
  };
}

type Row = readonly [names: readonly string[], path: readonly string[], read: Reader];

interface SignalVariables {
  readonly section: readonly string[];
  /** What `OTEL_*_EXPORTER` may say. */
  readonly exporters: Readonly<Record<string, string>>;
  /** What else sets the time-out. */
  readonly timeout: string;
}

const SIGNALS: Readonly<Record<Signal, SignalVariables>> = {
  traces: {
    section: TRACING,
    exporters: { otlp: "otlp", console: "stdout", none: "none" },
    timeout: "OTEL_BSP_EXPORT_TIMEOUT",
  },
  metrics: {
    section: METRICS,
    exporters: { otlp: "otlp", console: "stdout", prometheus: "prometheus", none: "none" },
    timeout: "OTEL_METRIC_EXPORT_TIMEOUT",
  },
  logs: {
    section: LOGS,
    exporters: { otlp: "otlp", console: "stdout", none: "none" },
    timeout: "OTEL_BLRP_EXPORT_TIMEOUT",
  },
};

const SIGNAL_NAMES = Object.keys(SIGNALS) as readonly Signal[];

/** Names, the first that is set counts; the key; how to read it. */
export const ENVIRONMENT_ROWS: readonly Row[] = [
  [["PORT"], ["server", "port"], text],
  [["LOG_LEVEL"], ["logging", "level"], text],
  [["LOG_QUERIES"], ["logging", "log_queries"], boolean],
  [["GATEWAY_MASTER_KEY"], ["auth", "master_key"], text],
  [["OTEL_SERVICE_NAME"], [...TRACING, "service_name"], text],
  [["OTEL_SERVICE_VERSION"], [...TRACING, "resource", "service_version"], text],
  ...SIGNAL_NAMES.flatMap(exporterRows),
  [
    ["OTEL_PROPAGATORS"],
    [...TRACING, "propagators"],
    words(Object.fromEntries(PROPAGATORS.map((p) => [p, p]))),
  ],
  ...batchRows("OTEL_BSP", TRACING),
  ...batchRows("OTEL_BLRP", LOGS),
  [["PROMETHEUS_MULTIPROC_DIR"], [...METRICS, "shared_directory"], text],
  [["OTEL_METRIC_EXPORT_INTERVAL"], [...METRICS, "interval"], positiveMilliseconds],
  [
    ["OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"],
    [...METRICS, "temporality"],
    word(TEMPORALITIES),
  ],
  [["OTEL_ATTRIBUTE_COUNT_LIMIT"], [...TRACING, "limits", "attribute_count"], count],
  [["OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"], [...TRACING, "limits", "attribute_length"], count],
];

/** A signal's own variable beats the one for all. */
function exporterRows(signal: Signal): Row[] {
  const { section, exporters, timeout } = SIGNALS[signal];
  const key = (name: string) => [...section, "exporter", name];
  const names = (name: string) => both(signal, name);
  return [
    [[`OTEL_${signal.toUpperCase()}_EXPORTER`], key("type"), words(exporters)],
    [names("ENDPOINT").slice(0, 1), key(`${signal}_endpoint`), endpoint],
    [names("ENDPOINT").slice(1), key("endpoint"), endpoint],
    [names("PROTOCOL"), key("protocol"), word(PROTOCOLS)],
    [names("INSECURE"), key("insecure"), boolean],
    [[...names("TIMEOUT"), timeout], key("timeout"), positiveMilliseconds],
    [names("COMPRESSION"), key("compression"), word(COMPRESSIONS)],
    [names("CERTIFICATE"), key("certificate"), text],
    [names("CLIENT_CERTIFICATE"), key("client_certificate"), text],
    [names("CLIENT_KEY"), key("client_key"), text],
  ];
}

function batchRows(prefix: string, section: readonly string[]): Row[] {
  return [
    [[`${prefix}_MAX_QUEUE_SIZE`], [...section, "batch", "max_queue"], atLeastOne],
    [[`${prefix}_MAX_EXPORT_BATCH_SIZE`], [...section, "batch", "max_size"], atLeastOne],
    [[`${prefix}_SCHEDULE_DELAY`], [...section, "batch", "delay"], milliseconds],
  ];
}

function both(signal: Signal, name: string): readonly string[] {
  return [`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${name}`, `OTEL_EXPORTER_OTLP_${name}`];
}

/**
 * The keys that the environment sets. Empty variables count as not set; what OpenTelemetry's variables hold and
 * is not understood is warned about and ignored, as their specification asks for.
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export function readEnvironment(env: Environment): EnvironmentSettings {
  const reading = new Reading(env);
  for (const [names, path, read] of ENVIRONMENT_ROWS) {
    const name = names.find((candidate) => reading.has(candidate));
    if (name !== undefined) reading.take(name, path, read);
  }
  for (const signal of SIGNAL_NAMES) {
    readEndpoints(reading, signal);
    readHeaders(reading, signal);
  }
  readSampler(reading);
  readResource(reading);
  if (reading.has("OTEL_SDK_DISABLED")) readDisabled(reading);
  if (reading.has("OTEL_DENO")) {
    reading.warnings.push("OTEL_DENO is set: the runtime exports telemetry of its own beside the gateway's");
  }
  return reading;
}

/** A secret that is set to nothing is a mistake that would open what it was to close. */
export function emptySecrets(env: Environment): string[] {
  return ["GATEWAY_MASTER_KEY"].filter((name) => env(name)?.trim() === "");
}

/** Proxies as other programs read them; the lower-case spelling, which curl has, counts too. */
export function readProxies(env: Environment): ProxyConfig {
  const read = (name: string) => env(name)?.trim() || env(name.toLowerCase())?.trim() || "";
  return {
    https: new Secret(read("HTTPS_PROXY")),
    http: new Secret(read("HTTP_PROXY")),
    none: read("NO_PROXY"),
  };
}

/** Names of the variables that name no proxy that could be used: those are reached over `http:` or `https:`. */
export function badProxies({ https, http }: ProxyConfig): string[] {
  const bad = (proxy: Secret) => {
    const given = proxy.reveal();
    const url = URL.parse(given.includes("://") ? given : `http://${given}`);
    return given !== "" && !/^https?:$/.test(url?.protocol ?? "");
  };
  return [...(bad(https) ? ["HTTPS_PROXY"] : []), ...(bad(http) ? ["HTTP_PROXY"] : [])];
}

class Reading {
  readonly settings: Setting[] = [];
  readonly warnings: string[] = [];
  readonly #env: Environment;

  constructor(env: Environment) {
    this.#env = env;
  }

  get(name: string): string {
    return this.#env(name)?.trim() ?? "";
  }

  has(name: string): boolean {
    return this.get(name) !== "";
  }

  set(variable: string, path: readonly string[], value: unknown): void {
    this.settings.push({ path, value, variable });
  }

  /** @returns whether it was understood. */
  take(name: string, path: readonly string[], read: Reader): boolean {
    const value = read(this.get(name));
    if (value instanceof Rejection) this.reject(name, value.expects);
    else this.set(name, path, value);
    return !(value instanceof Rejection);
  }

  /** Told once, however many keys a variable would set. */
  reject(name: string, expects: string): void {
    const warning = `${name} is ignored: expected ${expects}`;
    if (!this.warnings.includes(warning)) this.warnings.push(warning);
  }
}

/** An endpoint of the environment is not to be outdone by the file's URL for the signal, or by its `stdout`. */
function readEndpoints(reading: Reading, signal: Signal): void {
  const exporter = [...SIGNALS[signal].section, "exporter"];
  const set = reading.settings.filter(({ path }) =>
    path.length === exporter.length + 1 && path[1] === exporter[1] && /endpoint$/.test(path.at(-1) ?? "")
  );
  const [first] = set;
  if (first === undefined) return;
  if (first.path.at(-1) === "endpoint") {
    reading.set(first.variable, [...exporter, `${signal}_endpoint`], undefined);
  }
  // Metrics and logs are pushed only where that is said.
  if (signal === "traces" && !reading.has("OTEL_TRACES_EXPORTER")) {
    reading.set(first.variable, [...exporter, "type"], ["otlp"]);
  }
}

function readSampler(reading: Reading): void {
  const standard = "OTEL_TRACES_SAMPLER";
  const simple = "LLMROUTER_OTEL_SAMPLE_RATE";
  const type = [...TRACING, "sampler", "type"];
  const rate = [...TRACING, "sampler", "rate"];
  const known = Object.keys(SAMPLERS).filter((name) => /^(always_|parentbased_|traceidratio)/.test(name));
  if (reading.has(standard) && reading.take(standard, type, word(known))) {
    if (reading.has(simple)) reading.warnings.push(`${simple} is ignored: ${standard} is set`);
    if (!/traceidratio$/i.test(reading.get(standard))) return;
    const argument = "OTEL_TRACES_SAMPLER_ARG";
    if (!reading.has(argument) || !reading.take(argument, rate, ratio)) reading.set(standard, rate, 1);
  } else if (reading.has(simple) && reading.take(simple, rate, ratio)) {
    reading.set(simple, type, "parentbased_traceidratio");
  }
}

/** Decimal: `0x1` is none, whatever `Number` says. */
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

const ratio: Reader = (value) => {
  const read = DECIMAL.test(value) ? Number(value) : NaN;
  return read >= 0 && read <= 1 ? read : new Rejection("a number from 0 to 1");
};

function readHeaders(reading: Reading, signal: Signal): void {
  const name = both(signal, "HEADERS").find((candidate) => reading.has(candidate));
  if (name === undefined) return;
  const pairs = readPairs(reading.get(name));
  if (pairs === null) return reading.reject(name, "key=value pairs, with commas between them");
  for (const [key, value] of pairs) {
    reading.set(name, [...SIGNALS[signal].section, "exporter", "headers", key.toLowerCase()], value);
  }
}

/** Attributes that have a key of their own, so that the environment beats that key too. */
const RESOURCE_KEYS: Readonly<Record<string, { readonly path: readonly string[]; readonly unless: string }>> =
  {
    "service.name": { path: [...TRACING, "service_name"], unless: "OTEL_SERVICE_NAME" },
    "service.version": { path: [...TRACING, "resource", "service_version"], unless: "OTEL_SERVICE_VERSION" },
    "deployment.environment": { path: [...TRACING, "resource", "deployment_environment"], unless: "" },
    "deployment.environment.name": { path: [...TRACING, "resource", "deployment_environment"], unless: "" },
  };

function readResource(reading: Reading): void {
  const name = "OTEL_RESOURCE_ATTRIBUTES";
  if (!reading.has(name)) return;
  const pairs = readPairs(reading.get(name));
  if (pairs === null) return reading.reject(name, "key=value pairs, with commas between them");
  for (const [key, value] of pairs) {
    const own = RESOURCE_KEYS[key];
    if (own === undefined) reading.set(name, [...TRACING, "resource", "attributes", key], value);
    else if (own.unless === "" || !reading.has(own.unless)) reading.set(name, own.path, value);
  }
}

/** `a=1,b=two%20words`; null where any of it is something else, as the specification discards it whole then. */
function readPairs(given: string): [string, string][] | null {
  const pairs: [string, string][] = [];
  for (const item of given.split(",")) {
    if (item.trim() === "") continue;
    const match = /^\s*([^=\s]+)\s*=(.*)$/.exec(item);
    if (match === null) return null;
    const [, key = "", value = ""] = match;
    try {
      pairs.push([decodeURIComponent(key), decodeURIComponent(value.trim())]);
    } catch {
      return null;
    }
  }
  return pairs.filter(([, value]) => value !== "");
}

function readDisabled(reading: Reading): void {
  const name = "OTEL_SDK_DISABLED";
  const value = boolean(reading.get(name));
  if (value instanceof Rejection) reading.reject(name, value.expects);
  else if (value === true) {
    reading.set(name, [...TRACING, "enabled"], false);
    reading.set(name, [...METRICS, "exporter", "type"], ["none"]);
    reading.set(name, [...LOGS, "exporter", "type"], ["none"]);
  }
}
