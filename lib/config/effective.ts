import type { z } from "zod";
import { displayValue } from "./display.ts";
import type { Layers, Origin } from "./layers.ts";
import { type Node, nodeOf, REQUIRED } from "./node.ts";
import { formatPath, isMapping, type Path, valueAt } from "./path.ts";
import { schema } from "./schema.ts";

/** One key as it is in force. */
export interface EffectiveKey {
  readonly path: string;
  /** Fit to be printed: secrets are masked. */
  readonly value: string;
  /** `default`, `config.yaml:12`, `config.yaml:12 from ${PORT}`, `PORT`, `--port`. */
  readonly origin: string;
}

/**
 * Every key with its value and where it comes from, in the order of the schema.
 * @param dialect what stands for its place where a value is the dialect's default.
 * @param computed values of keys that are not given and have no fixed default, by formatted path.
 */
export function effectiveKeys(
  layers: Layers,
  dialect: string,
  computed: ReadonlyMap<string, unknown>,
): EffectiveKey[] {
  const keys: EffectiveKey[] = [];
  const add = (path: Path, node: Node | null, value: unknown) => {
    const origin = layers.originOf(path);
    const show = (item: unknown) => bare(displayValue(item, node, origin));
    const shown = Array.isArray(value) ? `[${value.map(show).join(", ")}]` : show(value);
    keys.push({ path: formatPath(path), value: shown, origin: formatOrigin(origin, dialect) });
  };
  const walk = (at: z.ZodType, path: Path): void => {
    const node = nodeOf(at);
    const given = valueAt(layers.tree, path);
    const known = computed.get(formatPath(path));
    if (node.type === "value") {
      const fallback = node.default === REQUIRED ? null : node.default;
      add(
        path,
        node,
        layers.originOf(path).from === "default" ? known ?? given ?? fallback : given ?? fallback,
      );
    } else if (node.type === "section" && (isMapping(given) || (given === undefined && !node.optional))) {
      for (const [name, child] of Object.entries(node.keys)) walk(child, [...path, name]);
    } else if (node.type === "map" && isMapping(given)) {
      for (const name of Object.keys(given)) walk(node.of, [...path, name]);
    } else if (node.type === "list" && Array.isArray(given) && nodeOf(node.of).type === "section") {
      given.forEach((_, index) => walk(node.of, [...path, index]));
    } else if (node.type === "list") {
      add(path, nodeOf(node.of), given ?? known ?? []);
    } else if (node.type === "section") {
      add(path, node, given ?? null);
    }
  };
  walk(schema, []);
  return keys;
}

/** Quotes say nothing where a word stands alone. */
function bare(shown: string): string {
  return /^"[^\s",[\]\\]+"$/.test(shown) ? shown.slice(1, -1) : shown;
}

function formatOrigin(origin: Origin, dialect: string): string {
  if (origin.from === "environment") return origin.variable;
  if (origin.from === "flag") return origin.flag;
  if (origin.from === "default") return "default";
  if (origin.place === null) return dialect;
  const { file, line } = origin.place;
  const place = line === null ? file : `${file}:${line}`;
  return origin.references.length === 0 ? place : `${place} from ${origin.references.join(", ")}`;
}
