import { METRIC_GROUPS, METRIC_PROFILES } from "../../telemetry/names/metrics.ts";
import { PROPAGATOR_NAMES } from "../../telemetry/names/propagators.ts";
import { PROFILES } from "../../telemetry/names/profiles.ts";
import {
  boolean,
  choice,
  duration,
  integer,
  listenAddress,
  matching,
  positive,
  ratio,
  text,
} from "../kinds.ts";
import { key, list, map, optional, required, section } from "../node.ts";
import { logsExporter, metricsExporter, tracesExporter } from "./exporter.ts";

/** Spellings of the samplers (`always` and the like, semantic-router's, OpenTelemetry's), and OpenTelemetry's name for each. */
export const SAMPLERS = {
  always: "always_on",
  always_on: "always_on",
  never: "always_off",
  always_off: "always_off",
  probability: "parentbased_traceidratio",
  probabilistic: "parentbased_traceidratio",
  traceidratio: "traceidratio",
  consistent_probability: "consistent_probability",
  parentbased_always_on: "parentbased_always_on",
  parentbased_always_off: "parentbased_always_off",
  parentbased_traceidratio: "parentbased_traceidratio",
} as const;

export type SamplerSpelling = keyof typeof SAMPLERS;
export type SamplerType = (typeof SAMPLERS)[SamplerSpelling];

export const PROPAGATORS = [...PROPAGATOR_NAMES, "none"] as const;

const samplerType = choice(Object.keys(SAMPLERS) as SamplerSpelling[]);

const SAMPLER =
  "`always`, `never`, or `probability` (a parent's decision first, else `rate`); `consistent_probability` does as `probability` and writes its threshold into `tracestate`, on which programs in other languages agree; OpenTelemetry's names mean what they mean there. Unset: `probability` where `rate` is given, else `parentbased_always_on`.";
const RATE = "Share of the traces that are kept. A rate without a type means probability.";

export const TEMPORALITIES = ["cumulative", "delta", "lowmemory"] as const;

/** The queue in front of an exporter. */
function batch(items: string, delay: string) {
  return section("The queue in front of the exporter.", {
    max_queue: key(integer(1), `${items} that may wait; more are dropped and counted.`, 2048),
    max_size: key(integer(1), `${items} in one export.`, 512),
    delay: key(duration(), "Longest wait before an export.", delay),
  });
}

export const observability = section("Metrics, traces, and logs for a collector.", {
  enabled: key(boolean(), "`false` switches all of it off.", true),
  conventions: list(
    "Which names spans and attributes have; the first listed gives the span names, all give attributes. Unset: `gateway, gen_ai`; `semantic_router, openinference` where `tracing.provider`, `tracing.sampling` or `tracing.resource` is used; `llmrouter, gen_ai` where the environment alone sets tracing up.",
    required(choice(PROFILES), "A set of names."),
  ),
  capture_content: key(
    boolean(),
    "Tell in traces what was said, redacted as in logs (`logging.redact`) and cut. Prompts and answers may hold personal data: whoever reads the traces reads them.",
    false,
  ),
  max_content_length: key(
    integer(1, 1_000_000),
    "With `capture_content`, characters of the instructions, of the conversation and of the answer, each.",
    8192,
  ),
  metrics: section("Metrics: to be scraped by Prometheus, and pushed where an exporter says so.", {
    enabled: key(boolean(), "`false` takes the path away.", true),
    path: key(
      matching("path", "a path that starts with /", /^\/[^\s?#]*$/),
      "Where they are scraped.",
      "/metrics",
    ),
    listen: optional(
      listenAddress(),
      "An address of their own, such as `127.0.0.1:9090`, with the probes beside them; the server's own then has no metrics. Without a host: as `server.host`.",
    ),
    shared_directory: optional(
      text("a directory"),
      "A directory that processes share which somebody else starts: each writes its metrics there, and a scrape of any answers for all. To be emptied before the first of them starts.",
    ),
    profiles: list(
      "Sets of names. Unset: `gateway`; `litellm` adds LiteLLM's own, `gen_ai_next` those that OpenTelemetry's conventions are about to have (`gen_ai.client.inference.*`), as the convention of that name does.",
      required(choice(METRIC_PROFILES), "A set of names."),
    ),
    groups: list(
      "Groups that are shown. Unset: all of them.",
      required(choice(METRIC_GROUPS), "A group."),
    ),
    exporter: section(
      "Pushes metrics. What is not given here is as `tracing.exporter` has it.",
      metricsExporter,
    ),
    interval: key(duration(1), "Time between two pushes.", "1m"),
    temporality: key(
      choice(TEMPORALITIES),
      "What a pushed sum counts: all since the start, or what is new (`delta`; `lowmemory` for what requests add to, not for what is read).",
      "cumulative",
    ),
  }),
  logs: section("The log for a collector, with the ids of traces; what it holds is under `logging`.", {
    exporter: section(
      "Pushes the log. What is not given here is as `tracing.exporter` has it.",
      logsExporter,
    ),
    batch: batch("Lines", "1s"),
  }),
  tracing: section("OpenTelemetry traces.", {
    enabled: optional(boolean(), "Unset: on once an exporter is named."),
    provider: optional(
      choice(["opentelemetry"]),
      "Accepted for vLLM Semantic Router's files; there is but one.",
    ),
    service_name: optional(
      text(),
      "`service.name` of the resource. Unset: `llm-gateway`; `vllm-semantic-router` or `litellm-gateway` where `conventions` are theirs by default.",
    ),
    sampler: section("Which traces are kept, decided when a request arrives.", {
      type: optional(samplerType, SAMPLER),
      rate: optional(ratio(), RATE),
    }),
    sampling: section("Another spelling of `sampler`.", {
      type: optional(samplerType, SAMPLER),
      rate: optional(ratio(), RATE),
    }),
    trust_parent: optional(
      choice(["always", "keys", "never"]),
      "Whose `traceparent` counts: anybody's, that of callers with a known key, or nobody's. Whoever counts decides whether a trace is kept; for all others a trace of the gateway's own begins. Unset: `keys` where `auth.keys` are configured, else `always`.",
    ),
    tail_sampling: section(
      "Traces to keep whatever the sampler said at their start. Needs no collector; never acts against a caller that does not want the trace, nor with a sampler that is off.",
      {
        errors: key(boolean(), "Requests that failed on this side: 5xx and failed upstream calls.", false),
        blocked: key(boolean(), "Requests that a guardrail blocked.", false),
        fallback: key(
          boolean(),
          "Requests that another target than the first answered or was asked for.",
          false,
        ),
        slower_than: key(duration(), "Requests that took longer.", "off"),
        ttft_over: key(duration(), "Requests whose first content took longer.", "off"),
        cost_over: key(positive(), "Requests that cost more, in US dollars; 0 is off.", 0),
        models: list("Requests for these models.", required(text(), "A model as clients name it.")),
        keys: list("Requests with these keys.", required(text(), "A key's name.")),
      },
    ),
    exporter: section("Where traces go.", tracesExporter),
    resource: section("What traces, metrics and logs say of the gateway itself.", {
      service_name: optional(text(), "Another spelling of `tracing.service_name`."),
      service_version: optional(text(), "`service.version`. Unset: the gateway's own version."),
      deployment_environment: optional(
        text(),
        "`deployment.environment`, and `deployment.environment.name`.",
      ),
      attributes: map("Any other attributes.", "name", required(text(), "The value.")),
    }),
    attributes: map(
      "Attributes of a request's span besides those of the conventions: a text, or where its value is.",
      "name",
      section("Where one attribute comes from: one of these.", {
        value: optional(text(), "The same for every request."),
        header: optional(text("a header's name"), "A header of the request."),
        metadata: optional(text("a key"), "A pair of the request's `metadata`."),
        key_tag: optional(text("a tag's name"), "A tag of the key (`auth.keys[].tags`)."),
      }, {
        expand: (given) => typeof given === "string" ? { value: given } : given,
        shorthand: { type: "string" },
      }),
    ),
    propagators: list(
      "How traces are taken over and passed on. Unset: `tracecontext, baggage`.",
      required(choice(PROPAGATORS), "A format."),
    ),
    batch: batch("Spans", "5s"),
    limits: section("Limits of a span.", {
      attribute_count: key(integer(0), "Attributes of a span.", 128),
      attribute_length: optional(integer(0), "Characters of a value; longer ones are cut. Unset: any."),
    }),
  }),
});
