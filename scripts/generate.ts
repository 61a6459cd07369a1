// deno-lint-ignore-file no-console -- its output is what it is for
/**
 * `deno run -A scripts/generate.ts [--check]`: writes what is made from the tables of keys and names, or says
 * which of it is out of date and exits 1.
 */
import { litellmReference } from "../lib/config/dialects/litellm/reference.ts";
import { jsonSchema } from "../lib/config/json_schema.ts";
import { configurationReference } from "../lib/config/reference.ts";
import { providersReference } from "../lib/providers/reference.ts";
import { namesReference } from "../lib/telemetry/names/reference.ts";
import { failureReference } from "../tests/failures/reference.ts";
import { matrixReference, matrixTable } from "./matrix/reference.ts";
import { dashboardText } from "./monitoring/dashboard.ts";
import { DASHBOARDS } from "./monitoring/dashboards.ts";

const ROOT = new URL("..", import.meta.url);

/** Path in the repository → how its text is made. */
export const GENERATED: Readonly<Record<string, () => string>> = {
  "config.schema.json": () => `${JSON.stringify(jsonSchema(), null, 2)}\n`,
  "docs/configuration.md": configurationReference,
  "docs/failure_table.md": failureReference,
  "docs/matrix.json": matrixTable,
  "docs/matrix.md": matrixReference,
  "docs/migrating_from_litellm.md": litellmReference,
  "docs/providers.md": providersReference,
  "docs/telemetry.md": namesReference,
  ...Object.fromEntries(
    DASHBOARDS.map((row) => [`monitoring/grafana/dashboards/${row.file}.json`, () => dashboardText(row)]),
  ),
};

/** Paths whose text is not what would be made now. */
export async function outdated(): Promise<string[]> {
  const current = await Promise.all(
    Object.entries(GENERATED).map(async ([path, make]) => {
      const text = await Deno.readTextFile(new URL(path, ROOT)).catch(() => "");
      return text === make() ? [] : [path];
    }),
  );
  return current.flat();
}

if (import.meta.main) {
  const paths = await outdated();
  if (Deno.args.includes("--check")) {
    for (const path of paths) console.error(`${path} is out of date: run deno run -A scripts/generate.ts`);
    if (paths.length > 0) Deno.exit(1);
  } else {
    for (const path of paths) {
      await Deno.writeTextFile(new URL(path, ROOT), GENERATED[path]?.() ?? "");
      console.log(`wrote ${path}`);
    }
  }
}
