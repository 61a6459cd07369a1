// deno-lint-ignore-file no-console -- its output is what it is for
/** The command line of the benchmark. */
import { parseArgs } from "node:util";
import { type VariantKey, VARIANTS } from "./variants.ts";

export const PARTS = ["http", "streams", "memory", "start"] as const;
export type Part = (typeof PARTS)[number];

export interface Options {
  readonly quick: boolean;
  readonly parts: readonly Part[];
  readonly variants: readonly VariantKey[];
  /** Where to write the figures as JSON as well; null: nowhere else. */
  readonly json: string | null;
  /** Whether docs/benchmarks/latest.* are replaced. */
  readonly publish: boolean;
}

const HELP = `deno task bench [--quick] [--only NAME,…] [--json FILE] [--no-publish]

  --quick       about two minutes: enough to see a large change, not to claim a small one
  --only        parts (${PARTS.join(", ")}) and variants
                (${Object.keys(VARIANTS).join(", ")})
  --json FILE   write the figures there too
  --no-publish  leave docs/benchmarks/latest.md and .json as they are (so does --only)

deno task bench overhead [--quick] [--publish]: what telemetry costs a request: in one process, and its latency
deno task bench faults [--quick] [--rounds=N] [--only=NAME,…] [--publish]: latency while the collector of telemetry fails
deno task bench against DIRECTORY [--quick] [--off] [--requests]: this gateway beside another checkout's, with logs,
  metrics and 10 % traces or with telemetry off; --requests: no streams, and 60 rounds
deno task bench loadtest [--quick] [--publish]: \`gateway loadtest\` beside wrk, hey, k6 and Locust

The gateway runs from source, or as the compiled binary that GATEWAY_BIN names.
`;

/** @returns null where only help was asked for. */
export function parseOptions(args: readonly string[]): Options | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string", default: "" },
      json: { type: "string" },
      "no-publish": { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return null;
  }
  const only = values.only.split(",").filter((it) => it !== "");
  const variantKeys = Object.keys(VARIANTS) as VariantKey[];
  const unknown = only.filter((it) => !PARTS.includes(it as Part) && !variantKeys.includes(it as VariantKey));
  if (unknown.length > 0) throw new Error(`Cannot run only "${unknown.join()}"\n\n${HELP}`);
  const chosen = <T extends string>(all: readonly T[]) => {
    const some = all.filter((it) => only.includes(it));
    return some.length > 0 ? some : all;
  };
  return {
    quick: values.quick,
    parts: chosen(PARTS),
    variants: chosen(variantKeys),
    json: values.json ?? null,
    publish: !values["no-publish"] && only.length === 0,
  };
}
