import { type AttributeRow, ATTRIBUTES } from "./attributes.ts";
import { CONTENT_ATTRIBUTES } from "./content_attributes.ts";
import { LOG_FIELDS } from "./log_fields.ts";
import { METRIC_NAMES, METRICS } from "./metrics.ts";
import { PROFILES } from "./profiles.ts";
import { SPANS } from "./spans.ts";

const INTRODUCTION = `<!-- deno-fmt-ignore-file -->
<!-- Made by scripts/generate.ts from lib/telemetry/names/; edit that. -->

# Names in logs, metrics and traces

These names are public interface: dashboards, alerts and scripts depend on them.
`;

const LOG = `## Log line

One JSON object a request, written when it has ended; a field without a value is left out. Requests for health and
metrics are logged at DEBUG.

| Field | Meaning |
|---|---|
`;

const METRIC_TABLE = `## Metrics

At most 2,000 lines a metric and 20,000 in all: what is beyond is counted under \`other\`, and
\`gateway_metric_series_folded_total\` says how often.

| Name | Type | Unit | Group | Labels | Meaning |
|---|---|---|---|---|---|
`;

const TRACES = `## Spans

\`observability.conventions\` lists profiles: the first gives the spans' names, all give attributes. The default is
\`gateway, gen_ai\`. A request's span has an event \`request.cancelled\` where the client left.

`;

const CONTENT = `## What was said

With \`observability.capture_content: true\`, on the span of a model's call; \`{n}\` and \`{m}\` count from 0.

| Name | Meaning |
|---|---|
`;

/** Documentation of every name, as Markdown. */
export function namesReference(): string {
  return [
    INTRODUCTION,
    LOG + logRows(),
    METRIC_TABLE + metricRows(),
    TRACES + spanTables(),
    CONTENT + contentRows(),
  ].join("\n");
}

function contentRows(): string {
  return Object.entries(CONTENT_ATTRIBUTES).map(([name, { meaning }]) => `| \`${name}\` | ${meaning} |\n`)
    .join("");
}

function logRows(): string {
  return Object.entries(LOG_FIELDS).map(([name, meaning]) => `| \`${name}\` | ${meaning} |\n`).join("");
}

function metricRows(): string {
  return METRIC_NAMES.map((name) => {
    const { type, unit, group, labels, help } = METRICS[name];
    const shown = labels.map((label) => `\`${label}\``).join(", ");
    return `| \`${name}\` | ${type} | ${unit === "1" ? "" : unit} | ${group} | ${shown} | ${help} |\n`;
  }).join("");
}

function spanTables(): string {
  const rows = Object.values<AttributeRow>(ATTRIBUTES);
  return Object.entries(SPANS).map(([type, { meaning, names }]) => {
    const heading = `### ${names.gateway.replace(/[{}]/g, (brace) => `\\${brace}`)}\n\n${meaning}.\n\n`;
    const columns = `| | ${PROFILES.join(" | ")} |\n|---|${PROFILES.map(() => "---|").join("")}\n`;
    const title = `| *name* | ${PROFILES.map((profile) => code(names[profile])).join(" | ")} |\n`;
    const attributes = rows.filter((row) => row.on === type).map((row) =>
      `| ${row.meaning} | ${
        PROFILES.map((profile) => row.names[profile]?.map(code).join(", ") ?? "").join(" | ")
      } |\n`
    );
    return heading + columns + title + attributes.join("");
  }).join("\n");
}

function code(name: string | undefined): string {
  return name === undefined ? "" : `\`${name}\``;
}
