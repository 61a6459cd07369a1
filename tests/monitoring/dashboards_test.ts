/** The five dashboards: guide 004's panels are there, and each panel says what it is. */
import { assert, assertEquals } from "@std/assert";
import { METRICS } from "../../lib/telemetry/names/metrics.ts";
import { DASHBOARDS } from "../../scripts/monitoring/dashboards.ts";
import { dashboard } from "../../scripts/monitoring/dashboard.ts";

/** Guide 004's panels, by the words that ours have for them. */
const PANELS: Readonly<Record<string, readonly string[]>> = {
  "01-overview": [
    "Request rate",
    "Error rate",
    "Response time",
    "Active models",
    "Provider distribution",
    "Redis health",
    "System self-latency",
  ],
  "02-tokens": [
    "Token rate by model",
    "Total tokens consumed",
    "Input vs output tokens",
    "Tokens by provider",
    "Cost",
  ],
  "03-performance": [
    "Latency comparison by provider",
    "P95 latency trends",
    "Latency heatmap",
    "Performance comparison",
  ],
  "04-provider-health": [
    "Success rate by provider",
    "Failure rate",
    "Provider status summary",
    "Traffic distribution",
  ],
  "05-system-health": [
    "Redis latency",
    "Redis failures",
    "Self-latency",
    "System health score",
    "Cache hit rate",
  ],
};

/** Names that come from elsewhere: Redis' exporter, and the recording rules. */
const FOREIGN = /^(redis_[a-z_]+|gateway:health_score)$/;

for (const row of DASHBOARDS) {
  const panels = row.sections.flatMap((section) => section.panels);

  Deno.test(`${row.file} has the guide's panels`, () => {
    const titles = panels.map(({ title }) => title);
    assertEquals((PANELS[row.file] ?? []).filter((title) => !titles.includes(title)), []);
    assertEquals(new Set(titles).size, titles.length, "titles are unique");
  });

  Deno.test(`${row.file}: each panel says what it is, and asks for metrics that there are`, () => {
    for (const { title, description, queries, unit } of panels) {
      assert(description.length > 10 && description.endsWith("."), `${title} is not described`);
      assert(unit !== "" && queries.length > 0, title);
      for (const { expr } of queries) {
        for (const metric of metricsIn(expr)) {
          const base = metric.replace(/_(bucket|sum|count)$/, "");
          assert(metric in METRICS || base in METRICS || FOREIGN.test(metric), `${title} asks for ${metric}`);
        }
      }
    }
  });

  Deno.test(`${row.file}: as Grafana lays it out, no panel covers another`, () => {
    const { panels: laid = [], uid, templating } = dashboard(row);
    assertEquals(uid, row.uid);
    assertEquals(templating.list?.map(({ name }) => name), [
      "datasource",
      "instance",
      "provider",
      "model",
      "traces",
    ]);
    const taken = new Set<string>();
    const ids = laid.map(({ id }) => id);
    assertEquals(new Set(ids).size, ids.length);
    for (const { gridPos: place = { x: 0, y: 0, w: 99, h: 0 }, title } of laid) {
      assert(place.x + place.w <= 24, title);
      for (let x = place.x; x < place.x + place.w; x++) {
        for (let y = place.y; y < place.y + place.h; y++) {
          assert(!taken.has(`${x} ${y}`), `${title} covers another`);
          taken.add(`${x} ${y}`);
        }
      }
    }
  });
}

/** Names before a selector, or alone. */
function metricsIn(expr: string): string[] {
  const bare = expr.replaceAll(/\{[^}]*\}/g, "{}").replaceAll(/\[[^\]]*\]/g, "");
  const names = [...bare.matchAll(/\b([a-z][a-z0-9]*(?:[_:][a-z0-9_:]+)+)\b(?!\()/g)].map(([, name]) =>
    name ?? ""
  );
  const labels = new Set(["error_type", "gen_ai_token_type", "gen_ai_operation_name"]);
  return names.filter((name) => !labels.has(name) && name !== "histogram_quantile");
}
