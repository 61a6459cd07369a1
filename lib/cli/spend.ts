import { SPEND_DIMENSIONS } from "../stores/spend_store.ts";
import { askAdmin } from "../tools/admin_api.ts";
import { UsageError } from "./args.ts";
import { type Command, flagValue } from "./command.ts";
import { alignedRows } from "./table.ts";
import { adminTargetOf, JSON_FLAG } from "./target_flags.ts";

const DAY_MS = 86_400_000;

export const spend: Command = {
  name: "spend",
  summary: "Show what was spent, by key, team, user, model or day",
  about:
    "Asks a gateway for what was spent, in US dollars, and for the requests and tokens behind it, the most first.\n" +
    "It asks for the master key: GATEWAY_MASTER_KEY.",
  flags: [
    { name: "by", value: "NAMES", about: `some of ${SPEND_DIMENSIONS.join(", ")}, divided by commas (key)` },
    { name: "since", value: "DAY", about: "the first day, UTC: 2026-11-01, or 7d for the last seven (30d)" },
    { name: "until", value: "DAY", about: "the last day (today)" },
    ...(["key", "team", "user", "model"] as const).map((name) => ({
      name,
      value: "NAME",
      about: `of this ${name} alone`,
    })),
    { name: "url", value: "URL", about: "the gateway (else GATEWAY_URL, else port 8080, else port 4000)" },
    { name: "master-key", value: "KEY", about: "its master key (else GATEWAY_MASTER_KEY)" },
    JSON_FLAG,
  ],
  examples: [
    "gateway spend --by team --since 2026-11-01",
    "gateway spend --by day,model --since 7d --team red",
    "gateway spend --by key --json",
  ],
  async run(flags, system) {
    const by = flagValue(flags, "by") ?? "key";
    const query = new URLSearchParams({ by });
    for (const name of ["since", "until"] as const) {
      const day = flagValue(flags, name);
      if (day !== null) query.set(name, dayOf(day, name, Date.now()));
    }
    for (const name of ["key", "team", "user", "model"]) {
      const value = flagValue(flags, name);
      if (value !== null) query.set(name, value);
    }
    const target = await adminTargetOf(flags, system);
    const report = await askAdmin(target, "GET", `/admin/v1/spend?${query}`) as unknown as Report;
    if (flags.has("json")) system.out(JSON.stringify(report, null, 2));
    else for (const line of lines(report, by.split(","))) system.out(line);
    return 0;
  },
};

interface Report {
  readonly since: string;
  readonly until: string;
  readonly total: Readonly<Record<string, number>> | null;
  readonly data: readonly Readonly<Record<string, string | number>>[];
}

function lines({ since, until, total, data }: Report, by: readonly string[]): string[] {
  const figures = (row: Readonly<Record<string, string | number>>) => [
    `${row["requests"] ?? 0}`,
    `${row["input_tokens"] ?? 0}`,
    `${row["output_tokens"] ?? 0}`,
    `$${Number(row["cost_usd"] ?? 0).toFixed(4)}`,
  ];
  const rows = [
    [...by, "requests", "input", "output", "cost"],
    ...data.map((row) => [...by.map((name) => String(row[name] ?? "") || "-"), ...figures(row)]),
    ...(total === null ? [] : [["total", ...by.slice(1).map(() => ""), ...figures(total)]]),
  ];
  const right = new Set([0, 1, 2, 3].map((column) => by.length + column));
  return [`${since} to ${until}, UTC`, ...alignedRows(rows, right)];
}

/** `7d` is the first of seven days, today among them. */
function dayOf(text: string, flag: string, now: number): string {
  const days = /^(\d{1,4})d$/.exec(text)?.[1];
  if (days !== undefined) {
    return new Date(now - Math.max(0, Number(days) - 1) * DAY_MS).toISOString().slice(0, 10);
  }
  if (/^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text))) return text;
  throw new UsageError(`--${flag}: expected a day such as 2026-11-25 or 7d, got "${text}"`, "spend");
}
