import type { Config, ExporterConfig } from "../config/config.ts";
import { formatDuration } from "../config/duration.ts";

/** Names of models that can be asked for, aliases included. */
export function availableModels(config: Config): string[] {
  return Object.entries(config.models)
    .filter(([, model]) => model.targets.length > 0)
    .flatMap(([name, model]) => [name, ...model.aliases]);
}

/** Models without a target, and what would give them one. */
export function unavailableModels(config: Config): { readonly name: string; readonly missing: string }[] {
  return Object.entries(config.models)
    .filter(([, model]) => model.targets.length === 0)
    .map(([name, model]) => ({ name, missing: model.missing.join(" or ") }));
}

/** What people call a store without a path. */
const PLACES = { sqlite: "SQLite", redis: "Redis", postgres: "PostgreSQL" } as const;

/** Where conversations are. */
export function conversationsLine(config: Config): string {
  const { store, path, ttl } = config.conversations;
  const time = formatDuration(ttl);
  return store === "memory"
    ? `conversations in memory, for ${time} (conversations.path keeps them on disk)`
    : `conversations in ${path ?? PLACES[store]}, for ${time}`;
}

/** The same in lines for people, by what is missing; in one line where that is much. */
export function unavailableLines(config: Config): string[] {
  const models = unavailableModels(config);
  const byMissing = Map.groupBy(models, ({ missing }) => missing);
  if (byMissing.size > MOST_LINES) {
    return [`${models.length} models, for want of keys (gateway check-config names them)`];
  }
  return [...byMissing].map(([missing, group]) =>
    `${group.map(({ name }) => name).join(", ")} (set ${missing})`
  );
}

const MOST_LINES = 4;

/** Names in lines of a width, the first behind a label. */
export function labelled(label: string, names: readonly string[], width = 100): string[] {
  const lines: string[] = [];
  let line = "";
  for (const [index, name] of names.entries()) {
    const piece = index < names.length - 1 ? `${name}, ` : name;
    if (line !== "" && line.length + piece.length > width) {
      lines.push(line.trimEnd());
      line = "";
    }
    line += piece;
  }
  lines.push(line);
  return lines.map((text, index) => (index === 0 ? label : " ".repeat(label.length)) + text);
}

/** Where traces go, and how many of them, in a few words. */
export function tracesLine(config: Config): string {
  const { enabled, exporters, sampler } = config.observability.tracing;
  if (!enabled) return "off (observability.tracing.exporter names where they go)";
  const places = exporters.length === 0 ? "made, not exported" : exporters.map(place).join(" and ");
  const rate = sampler.type.endsWith("traceidratio") ? ` ${sampler.rate}` : "";
  return `${places} (${sampler.type}${rate})`;
}

function place(exporter: ExporterConfig): string {
  if (exporter.type === "otlp") return `${exporter.url} (otlp ${exporter.protocol})`;
  return exporter.type === "file" ? exporter.path : exporter.type;
}
