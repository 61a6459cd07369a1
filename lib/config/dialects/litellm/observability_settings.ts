import { METRIC_GROUPS } from "../../../telemetry/names/metrics.ts";
import { isMapping, type Path } from "../../path.ts";
import { convertKeys, type KeyTable } from "../key_table.ts";
import { copied, copiedText, switched } from "./rules.ts";
import { type LiteLlmState, shown } from "./state.ts";

const TRACING = ["observability", "tracing"];

/** `callbacks`, `success_callback`, `failure_callback`. */
export function readCallbacks(state: LiteLlmState, given: unknown, path: Path): void {
  state.names(given, path).forEach((name, index) => {
    const here = Array.isArray(given) ? [...path, index] : path;
    if (name === "prometheus") state.draft.setDefault(["observability", "metrics", "enabled"], true, here);
    else if (name === "otel") readOtel(state, here);
    else {state.draft.note(
        here,
        `is not supported: the callback "${name}"; OpenTelemetry tells what it would`,
      );}
  });
}

/** `service_callback`. */
export function readServiceCallbacks(state: LiteLlmState, given: unknown, path: Path): void {
  state.names(given, path).forEach((name, index) => {
    const here = Array.isArray(given) ? [...path, index] : path;
    if (name === "prometheus_system" || name === "prometheus") {
      state.draft.setDefault(["observability", "metrics", "enabled"], true, here);
    } else state.draft.note(here, `is not supported: the service callback "${name}"`);
  });
}

/** LiteLLM's own variables say where traces go; OpenTelemetry's are read anyhow. */
function readOtel(state: LiteLlmState, path: Path): void {
  const { draft } = state;
  if (state.isSet("OTEL_ENDPOINT")) {
    draft.setDefault([...TRACING, "exporter", "endpoint"], state.reference("OTEL_ENDPOINT"), path);
    const protocol = PROTOCOLS[state.valueOf("OTEL_EXPORTER")];
    if (protocol !== undefined) draft.setDefault([...TRACING, "exporter", "protocol"], protocol, path);
  } else if (state.valueOf("OTEL_EXPORTER") === "console") {
    draft.setDefault([...TRACING, "exporter", "type"], "stdout", path);
  } else if (
    !state.isSet("OTEL_EXPORTER_OTLP_ENDPOINT") && !state.isSet("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
  ) {
    const { litellm_settings: settings } = draft.document.tree;
    if (isMapping(settings) && settings.otel_config !== undefined) return;
    draft.remark(path, "traces go where OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_ENDPOINT says; neither is set");
  }
  for (const pair of state.valueOf("OTEL_HEADERS").split(",")) {
    const equals = pair.indexOf("=");
    if (equals > 0) {
      draft.note(path, "OTEL_HEADERS is not read; set OTEL_EXPORTER_OTLP_HEADERS");
      break;
    }
  }
}

const PROTOCOLS: Readonly<Record<string, string>> = {
  otlp_http: "http/protobuf",
  "http/protobuf": "http/protobuf",
  "http/json": "http/json",
  otlp_grpc: "grpc",
  grpc: "grpc",
};

/** Exporters by LiteLLM's names. */
const EXPORTERS: Readonly<Record<string, string>> = { otlp: "otlp", console: "stdout", none: "none" };

function exporter(signal: "tracing" | "metrics" | "logs") {
  return {
    to: `\`observability.${signal}.exporter.type\``,
    convert({ draft }: LiteLlmState, given: unknown, path: Path) {
      const native = ["observability", signal, "exporter", "type"];
      if (typeof given === "string" && Object.hasOwn(EXPORTERS, given)) {
        draft.set(native, EXPORTERS[given], path);
      } // What is scraped is not pushed.
      else if (given === "prometheus" && signal === "metrics") draft.set(native, "prometheus", path);
      else {draft.note(
          path,
          `is not supported: the exporter ${typeof given === "string" ? `"${given}"` : shown(given)}`,
        );}
    },
  };
}

/** `litellm_settings.otel_config`. */
export const OTEL_CONFIG: KeyTable<LiteLlmState> = {
  title: "litellm_settings.otel_config",
  converted: {
    endpoint: copiedText([...TRACING, "exporter", "endpoint"]),
    service_name: copiedText([...TRACING, "service_name"]),
    headers: {
      to: "`observability.tracing.exporter.headers`",
      convert(state, given, path) {
        for (const [name, value] of Object.entries(state.mapping(given, path) ?? {})) {
          state.draft.set([...TRACING, "exporter", "headers", name], state.text(value), [...path, name]);
        }
      },
    },
    traces_exporter: exporter("tracing"),
    metrics_exporter: exporter("metrics"),
    logs_exporter: exporter("logs"),
  },
  unsupported: [],
  needless: [],
};

export function readOtelConfig(state: LiteLlmState, given: unknown, path: Path): void {
  const section = state.mapping(given, path);
  if (section !== null) convertKeys(OTEL_CONFIG, section, path, state);
}

/** Groups of guide 004's by name alone; a group of LiteLLM's with its own metrics and labels is another thing. */
export function readPrometheusGroups(state: LiteLlmState, given: unknown, path: Path): void {
  const { draft } = state;
  if (!Array.isArray(given)) return draft.mistake(path, "expected a list of groups");
  const groups = given.flatMap((entry, index): string[] => {
    const here = [...path, index];
    if (!isMapping(entry)) {
      draft.mistake(here, "expected a mapping with group");
      return [];
    }
    for (const key of Object.keys(entry)) {
      if (["metrics", "include_labels", "exclude_labels"].includes(key)) {
        draft.note([...here, key], "is not supported: single metrics and labels cannot be chosen");
      } else if (key !== "group") draft.mistake([...here, key], 'unknown key; known keys: "group"');
    }
    const known = METRIC_GROUPS.find((group) => group === entry.group);
    if (known !== undefined) return "metrics" in entry ? [] : [known];
    if (!("metrics" in entry)) {
      draft.mistake([...here, "group"], `expected one of ${METRIC_GROUPS.join(", ")}`);
    }
    return [];
  });
  if (groups.length > 0) draft.set(["observability", "metrics", "groups"], groups, path);
}

/** `litellm_settings.tracing`. */
export const TRACING_SETTINGS: KeyTable<LiteLlmState> = {
  title: "litellm_settings.tracing",
  converted: {
    enabled: switched([...TRACING, "enabled"]),
    sampling_rate: copied([...TRACING, "sampler", "rate"]),
    generate_request_id: {
      to: "as it is in any case",
      convert(state, given, path) {
        if (state.boolean(given, path) === false) state.draft.note(path, "every request has an id");
      },
    },
    include_request_id_in_response: {
      to: "as it is in any case",
      convert(state, given, path) {
        if (state.boolean(given, path) === false) state.draft.note(path, "every answer has its id");
      },
    },
  },
  unsupported: [],
  needless: [],
};

export function readTracing(state: LiteLlmState, given: unknown, path: Path): void {
  const section = state.mapping(given, path);
  if (section !== null) convertKeys(TRACING_SETTINGS, section, path, state);
}

/** `litellm_settings.logging`. */
export const LOGGING_SETTINGS: KeyTable<LiteLlmState> = {
  title: "litellm_settings.logging",
  converted: {
    level: copiedText(["logging", "level"]),
    log_file: copiedText(["logging", "log_file"]),
    log_format: {
      to: "`logging.format`: `json`, for `text` `pretty`",
      convert({ draft }, given, path) {
        const formats: Readonly<Record<string, string>> = { json: "json", text: "pretty" };
        const format = typeof given === "string" ? formats[given] : undefined;
        if (format === undefined) draft.mistake(path, `expected json or text, got ${JSON.stringify(given)}`);
        else draft.set(["logging", "format"], format, path);
      },
    },
    log_requests: switched(["logging", "log_requests"]),
    log_responses: switched(["logging", "log_responses"]),
    log_slow_requests: switched(
      ["logging", "slow_request_threshold"],
      (on) => on ? undefined : "off",
      "`logging.slow_request_threshold`, which false switches off",
    ),
    slow_request_threshold_ms: {
      to: "`logging.slow_request_threshold`",
      convert(state, given, path) {
        const ms = state.number(given, path);
        if (ms !== null) state.draft.setDefault(["logging", "slow_request_threshold"], `${ms}ms`, path);
      },
    },
  },
  unsupported: [],
  needless: [],
};

export function readLogging(state: LiteLlmState, given: unknown, path: Path): void {
  const section = state.mapping(given, path);
  if (section !== null) convertKeys(LOGGING_SETTINGS, section, path, state);
}
