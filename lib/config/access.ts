import type { Report } from "./check.ts";
import type { Path } from "./path.ts";
import type { FileConfig } from "./schema.ts";

/** The keys of clients, the master key among them where it is one. */
export function clientKeys({ auth }: FileConfig): FileConfig["auth"]["keys"] {
  const { master_key: key, master_key_for_clients: admits, keys } = auth;
  if (!admits || key === null) return keys;
  return [...keys, { ...UNLIMITED, name: MASTER, key }];
}

const MASTER = "master_key";

const UNLIMITED = {
  sha256: null,
  owner: null,
  tags: {},
  rate_limit: null,
  team: null,
  user: null,
  expires_at: null,
  models: null,
  routes: null,
  addresses: null,
  rpm: null,
  tpm: null,
  max_parallel: null,
  budgets: [],
} satisfies Partial<FileConfig["auth"]["keys"][number]>;

/** Keys of callers: one form each, none empty, no two alike; and their budgets. */
export function checkAccess({ auth }: FileConfig, report: Report): void {
  auth.keys.forEach(({ budgets }, index) => checkBudgets(budgets, ["auth", "keys", index], report));
  for (const [name, { budgets }] of Object.entries(auth.teams)) {
    checkBudgets(budgets, ["auth", "teams", name], report);
  }
  const names = new Map<string, number>();
  const keys = new Map<string, number>();
  if (auth.master_key?.empty) {
    report.add(["auth", "master_key"], "is empty; an empty key would let everybody administer");
  }
  if (auth.master_key_for_clients && auth.master_key === null) {
    report.add(["auth", "master_key"], "is missing; auth.master_key_for_clients needs it");
  }
  if (auth.master_key_for_clients) names.set(MASTER, -1);
  auth.keys.forEach(({ name, key, sha256 }, index) => {
    const path = ["auth", "keys", index];
    if (key === null && sha256 === null) report.add(path, "has neither key nor sha256; expected one of them");
    if (key !== null && sha256 !== null) report.add(path, "has both key and sha256; expected one of them");
    if (key?.empty) report.add([...path, "key"], "is empty; an empty key would let everybody in");
    const named = names.get(name);
    if (named !== undefined) {
      const other = named < 0 ? "auth.master_key" : `auth.keys[${named}]`;
      report.add([...path, "name"], `"${name}" is already the name of ${other}`);
    }
    names.set(name, index);
    const identity = key?.reveal() ?? sha256?.toLowerCase() ?? "";
    const known = keys.get(identity);
    if (identity !== "" && known !== undefined) {
      report.add(
        [...path, key === null ? "sha256" : "key"],
        `is the same key as that of auth.keys[${known}]`,
      );
    }
    keys.set(identity, index);
    if (key !== null && !key.empty && key.reveal() === auth.master_key?.reveal()) {
      report.add([...path, "key"], "is the master key; a client would administer the gateway with it");
    }
  });
}

type Budgets = FileConfig["auth"]["keys"][number]["budgets"];

/** One a period, each of more than nothing. @param path of what has them. */
export function checkBudgets(budgets: Budgets, path: Path, report: Report): void {
  const known = new Map<string, number>();
  budgets.forEach(({ per, usd }, index) => {
    const at = [...path, "budgets", index];
    if (usd === 0) report.add([...at, "usd"], "is 0; expected a number above 0");
    const other = known.get(per);
    if (other !== undefined) report.add([...at, "per"], `is "${per}" already in budgets[${other}]`);
    known.set(per, index);
  });
}
