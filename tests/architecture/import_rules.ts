/** Who may import whom, as a table, and the walk over it. */
import type { GraphModule } from "../../scripts/module_graph.ts";

/** The way of a request, one direction: a folder may import itself and what stands after it. */
const WAY = ["server", "middleware", "endpoints", "stages", "providers", "wire"];

/** Small modules without a place on the way: all may import them. */
const COMMON =
  /^lib\/((address|byte_length|clock|deadlines|errors|garbage|nearest|version)|telemetry\/exchange)\.ts$/;

/** What puts the parts together: the commands, scripts, examples, tables of routes, and the files at the top of lib/. */
const ROOTS = /^(main\.ts$|(scripts|examples)\/|lib\/[a-z_]+\.ts$|lib\/(assembly|cli|routes)\/)/;

/** Contracts: modules whose types all may import, since they say how the layers meet. */
const CONTRACTS =
  /^lib\/(middleware\/middleware|providers\/provider|stores\/conversation_store|config\/config)\.ts$/;

interface Rule {
  /** The files it is about; the first rule that matches a file counts. */
  readonly of: RegExp;
  /** What they may import, COMMON and CONTRACTS aside. */
  readonly may: RegExp;
  /** What they may import the types of. */
  readonly mayTypes?: RegExp;
  /** Set to false where not even COMMON may be imported. */
  readonly common?: false;
  /** For the message. */
  readonly says: string;
}

const RULES: readonly Rule[] = [
  {
    of: /^lib\/telemetry\/exchange\.ts$/,
    may: /^$/,
    mayTypes: /^/,
    common: false,
    says: "the Exchange imports types only",
  },
  {
    of: /^lib\/telemetry\/names\//,
    may: /^lib\/telemetry\/names\//,
    says: "names import names only",
  },
  {
    of: /^lib\/telemetry\/projections\//,
    may: /^lib\/telemetry\/(projections|names)\//,
    says: "projections import the Exchange and names only",
  },
  {
    of: /^lib\/telemetry\//,
    may: /^lib\/telemetry\//,
    says: "telemetry imports telemetry and contracts only",
  },
  {
    of: COMMON,
    may: COMMON,
    says: "common modules import one another only",
  },
  {
    of: /^lib\/(providers|stores)\/instrument(ed_\w+)?\.ts$/,
    may: /^lib\/(providers|stores|wire|telemetry)\//,
    says: "the wrappers that record providers and stores import these, wire and telemetry only",
  },
  {
    of: /^lib\/workers\//,
    may: /^lib\/(workers|telemetry)\//,
    says: "workers import workers and telemetry only",
  },
  {
    of: /^lib\/tools\//,
    may: /^lib\/(tools|providers|wire)\//,
    says: "tools import tools, providers and wire only",
  },
  {
    of: /^lib\/console\/web\//,
    may: /^lib\/console\/web\//,
    common: false,
    says: "the console's pages import one another only",
  },
  {
    of: /^lib\/console\//,
    may: /^lib\/(console|endpoints|stages|providers|stores|telemetry|wire)\//,
    says: "the console imports what endpoints may",
  },
  {
    of: /^lib\/stores\/(((sqlite|postgres)\/)?requests\/|request_store\.ts$)/,
    may: /^lib\/(stores|telemetry\/(projections|names))\//,
    says: "what keeps requests imports stores, projections and names only",
  },
  {
    of: /^lib\/stores\//,
    may: /^lib\/stores\//,
    mayTypes: /^lib\/wire\//,
    says: "stores import stores and the types of wire only",
  },
  {
    of: /^lib\/config\//,
    may: /^lib\/((config|telemetry\/names)\/|providers\/catalog\.ts$)/,
    says: "config imports config, names and the catalogue of providers only",
  },
  {
    of: /^lib\/providers\/catalog(\.ts$|\/)/,
    may: /^lib\/providers\/catalog\//,
    mayTypes: /^lib\/wire\/canonical\.ts$/,
    says: "the catalogue imports its own rows only",
  },
  ...WAY.map((layer, place): Rule => {
    const after = WAY.slice(place);
    // Wire and providers know nothing of what is kept or told about a request.
    const beside = place < WAY.indexOf("providers") ? [...after, "stores", "telemetry"] : after;
    return {
      of: new RegExp(`^lib/${layer}/`),
      may: new RegExp(`^lib/(${beside.join("|")})/`),
      says: `${layer} imports ${beside.join(", ")} only`,
    };
  }),
];

/** One line for each import that breaks a rule, naming both files and the rule. */
export function violations(graph: readonly GraphModule[]): string[] {
  return graph.flatMap((module) => {
    if (ROOTS.test(module.path) && !COMMON.test(module.path)) return [];
    const rule = RULES.find((it) => it.of.test(module.path));
    return module.imports
      .filter((it) => it.target.startsWith("lib/") || it.target === "main.ts")
      .filter((it) => !allowed(rule, it.target, it.typeOnly))
      .map((it) =>
        `${module.path} imports ${it.target}: ${rule?.says ?? "no rule says where this file belongs"}`
      );
  });
}

function allowed(rule: Rule | undefined, target: string, typeOnly: boolean): boolean {
  if (typeOnly && (CONTRACTS.test(target) || rule?.mayTypes?.test(target))) return true;
  if (rule?.may.test(target)) return true;
  return rule?.common !== false && COMMON.test(target);
}

/** Rings of imports of code, each once, as `a → b → a`. */
export function cycles(graph: readonly GraphModule[]): string[] {
  const imports = new Map(graph.map((module) => [
    module.path,
    module.imports.filter((it) => !it.typeOnly).map((it) => it.target),
  ]));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, way: readonly string[]) => {
    const start = way.indexOf(path);
    if (start >= 0) found.push([...way.slice(start), path].join(" → "));
    if (start >= 0 || done.has(path)) return;
    for (const target of imports.get(path) ?? []) visit(target, [...way, path]);
    done.add(path);
  };
  for (const path of imports.keys()) visit(path, []);
  return found;
}
