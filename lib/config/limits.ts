import { checkBudgets } from "./access.ts";
import type { Report } from "./check.ts";
import type { FileConfig } from "./schema.ts";
import { resolveStore, type SharedStores } from "./stores.ts";
import type { StoreKind } from "./sections/store.ts";

/** Complete: what it is counted in follows from what else is given. */
export type LimitsConfig = Omit<FileConfig["limits"], "store" | "thresholds" | "alerts"> & {
  /** With the certificate authorities (PEM) that are trusted besides the system's. */
  readonly alerts: (NonNullable<FileConfig["limits"]["alerts"]> & { readonly ca: string | null }) | null;
  readonly store: "memory" | "redis";
  /** Percent, ascending, each once. */
  readonly thresholds: readonly number[];
};

export type SpendConfig = Omit<FileConfig["spend"], "store" | "path"> & {
  readonly store: StoreKind;
  /** Absolute; null elsewhere than on disk. */
  readonly path: string | null;
  /** It is wanted, whether or not there are budgets. */
  readonly asked: boolean;
};

const THRESHOLDS = [50, 80, 100];

/** @param written names of the file's models, those that have a fault of their own among them. */
export function resolveLimits(
  { limits: given, spend, models }: Pick<FileConfig, "limits" | "spend" | "models">,
  { file, written, shared, ca }: {
    readonly file: string;
    readonly written: readonly string[];
    readonly shared: SharedStores;
    readonly ca: string | null;
  },
  report: Report,
): {
  readonly limits: LimitsConfig;
  readonly spend: SpendConfig;
  readonly computed: ReadonlyMap<string, unknown>;
} {
  checkBudgets(given.keys.budgets, ["limits", "keys"], report);
  const known = new Set([...written, ...Object.values(models).flatMap(({ aliases }) => aliases)]);
  for (const [name, { budgets }] of Object.entries(given.models)) {
    checkBudgets(budgets, ["limits", "models", name], report);
    if (!known.has(name)) report.add(["limits", "models", name], "is no model of the configuration");
  }
  const store = given.store ?? "memory";
  if (store === "redis" && shared.redis === null) {
    report.add(["limits", "store"], `is "redis", but there is no section redis that says where it is`);
  }
  const webhook = given.alerts?.webhook.reveal();
  if (webhook !== undefined && !(URL.canParse(webhook) && /^https?:\/\//i.test(webhook))) {
    report.add(["limits", "alerts", "webhook"], "expected a URL that starts with http:// or https://");
  }
  const thresholds = given.thresholds.length === 0 ? THRESHOLDS : given.thresholds;
  const kept = resolveStore(["spend"], spend, file, shared, report);
  return {
    limits: {
      ...given,
      store,
      alerts: given.alerts === null ? null : { ...given.alerts, ca },
      thresholds: [...new Set(thresholds)].toSorted((a, b) => a - b),
    },
    spend: { ...spend, ...kept, asked: spend.store !== null || spend.path !== null },
    computed: new Map<string, unknown>([["limits.store", store], ["spend.store", kept.store]]),
  };
}
