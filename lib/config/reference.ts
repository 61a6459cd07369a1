import type { z } from "zod";
import { ENVIRONMENT_ROWS } from "./environment.ts";
import { nodeOf, REQUIRED } from "./node.ts";
import { schema } from "./schema.ts";

const INTRODUCTION = `<!-- deno-fmt-ignore-file -->
<!-- Made by scripts/generate.ts from lib/config/schema.ts; edit that. -->

# Configuration

One YAML file: \`--config FILE\`, else \`CONFIG_PATH\`, else \`config.yaml\`. A flag beats the environment, which beats
the file. \`gateway check-config\` says what is wrong with a file, and \`gateway check-config --show\` prints every key
with its value and where it comes from, secrets masked. Files of [LiteLLM](migrating_from_litellm.md) and of
[vLLM Semantic Router](migrating_from_semantic_router.md) are read as they are; \`--convert\` prints them in this form.

The file is read strictly and whole before anything listens. An unknown key, a key given twice, a tab in the
indentation, a value of the wrong kind: each is told with its line, all of them at once, and the gateway exits 2. A
key without a value counts as not given.

| Written | Is |
|---|---|
| \`\${VAR}\` | the variable; an error where it is not set. As a provider's \`api_key\`: the provider is left out |
| \`\${VAR:-default}\` | the variable, or the default where it is not set or empty |
| \`\${file:/run/secrets/name}\` | the file's text, without the newlines at its end; relative to the configuration |
| \`$$\` | a dollar sign |
| \`250ms\`, \`5s\`, \`2m\`, \`1h\`, \`30d\` | durations; the unit is required; \`off\` switches a time-out off |
| \`512B\`, \`64KiB\`, \`32MiB\`, \`1GiB\` | sizes; the unit is required |

A value that is empty after substitution counts as not given.
`;

const ENVIRONMENT = `## Environment

These variables set keys; an empty one counts as not set. What OpenTelemetry's hold and is not understood is warned
about and ignored, as its specification asks for. \`OTEL_TRACES_EXPORTER=none\` and \`OTEL_SDK_DISABLED=true\` switch
traces off whatever the file says; \`/metrics\` stays.

| Variable | Key |
|---|---|
`;

/** Variables that set more than one key, or in a way of their own. */
const OTHER_VARIABLES: readonly (readonly [names: readonly string[], keys: readonly string[]])[] = [
  [["SSL_CERT_FILE"], ["providers.NAME.ca_file", "observability.tracing.exporter.certificate"]],
  [["HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"], ["providers.NAME.proxy"]],
  [["OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"], [
    "observability.tracing.sampler.type",
    "observability.tracing.sampler.rate",
  ]],
  [["LLMROUTER_OTEL_SAMPLE_RATE"], ["observability.tracing.sampler.rate"]],
  [["OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"], [
    "observability.tracing.exporter.headers",
  ]],
  [["OTEL_RESOURCE_ATTRIBUTES"], ["observability.tracing.resource"]],
  [["OTEL_SDK_DISABLED"], ["observability.tracing.enabled"]],
];

/** `docs/configuration.md`: every key with its kind, default and meaning. */
export function configurationReference(): string {
  const root = nodeOf(schema);
  const sections = root.type === "section" ? Object.entries(root.keys) : [];
  return [
    INTRODUCTION,
    ...sections.map(([name, at]) => sectionText(name, at)),
    ENVIRONMENT + environmentRows().join("\n") + "\n",
  ].join("\n");
}

function sectionText(name: string, at: z.ZodType): string {
  const head = `## ${name}\n\n${nodeOf(at).about}\n\n| Key | Kind | Default | Meaning |\n|---|---|---|---|\n`;
  return `${head}${rows(at, name).join("\n")}\n`;
}

/** A row for each key; for a section within, and for the names that a user chooses, one that says what it is. */
function rows(at: z.ZodType, path: string): string[] {
  const node = nodeOf(at);
  switch (node.type) {
    case "value":
      return [row(path, node.kind.name, fallbackText(node.default), node.about)];
    case "section":
      return Object.entries(node.keys).flatMap(([name, child]) => {
        const below = nodeOf(child);
        const here = `${path}.${name}`;
        return below.type === "section"
          ? [row(here, "section", below.optional ? "off" : "", below.about), ...rows(child, here)]
          : rows(child, here);
      });
    case "map":
      return entryRows(node.of, path, `${path}.${node.placeholder.toUpperCase()}`, "mapping", node.about);
    case "list":
      return entryRows(node.of, path, `${path}[]`, "list", node.about);
  }
}

function entryRows(of: z.ZodType, path: string, entry: string, kind: string, about: string): string[] {
  const node = nodeOf(of);
  if (node.type === "value") return [row(path, `${kind} of ${node.kind.name}`, "empty", about)];
  return [row(path, kind, "empty", about), row(entry, "section", "", node.about), ...rows(of, entry)];
}

function row(path: string, kind: string, fallback: string, about: string): string {
  return `| \`${path}\` | ${kind} | ${fallback} | ${about.replaceAll("|", "\\|")} |`;
}

function fallbackText(value: unknown): string {
  if (value === REQUIRED) return "required";
  return value === null ? "unset" : `\`${String(value)}\``;
}

function environmentRows(): string[] {
  const code = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(", ");
  return [
    ...ENVIRONMENT_ROWS.map(([names, path]) => `| ${code(names)} | \`${path.join(".")}\` |`),
    ...OTHER_VARIABLES.map(([names, keys]) => `| ${code(names)} | ${code(keys)} |`),
  ];
}
