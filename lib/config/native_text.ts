import { stringify } from "@std/yaml";
import type { NativeForm } from "./native_form.ts";
import { nodeOf } from "./node.ts";
import type { Tree } from "./path.ts";
import { scanPositions } from "./positions.ts";
import { schema } from "./schema.ts";

/** How long a line of YAML or of a comment is, where it can be broken. */
const WIDTH = 110;

/**
 * A configuration as YAML, with comments where the original said something that has no equivalent. References to
 * variables and files stay what they are.
 */
export function nativeText({ tree, notes, dialect }: NativeForm): string {
  const yaml: string = stringify(inOrder(tree), { lineWidth: -1, quoteStyle: '"' });
  const { lineOf } = scanPositions(yaml);
  const above = new Map<number, string[]>();
  for (const { near, text } of notes) {
    const line = near === null ? 0 : lineOf(near) ?? 0;
    above.set(line, [...above.get(line) ?? [], text]);
  }
  const head = [
    `# Converted from ${dialect?.title ?? "another dialect"} by gateway check-config --convert.`,
    ...comments(above.get(0) ?? [], ""),
    "",
  ];
  const lines = yaml.trimEnd().split("\n").flatMap((line, index) => {
    const indent = /^ */.exec(line)?.[0] ?? "";
    // A section of its own at the root stands apart.
    const gap = index > 0 && /^[^\s-]/.test(line) ? [""] : [];
    return [...gap, ...comments(above.get(index + 1) ?? [], indent), line];
  });
  return `${[...head, ...lines].join("\n")}\n`;
}

/** Sections as they stand in `docs/configuration.md`. */
function inOrder(tree: Tree): Tree {
  const root = nodeOf(schema);
  const names = root.type === "section" ? Object.keys(root.keys) : [];
  const known = names.filter((name) => Object.hasOwn(tree, name));
  return Object.fromEntries([...new Set([...known, ...Object.keys(tree)])].map((name) => [name, tree[name]]));
}

function comments(texts: readonly string[], indent: string): string[] {
  return texts.flatMap((text) => {
    const lines: string[] = [];
    let line = "";
    for (const word of text.split(/\s+/)) {
      if (line !== "" && indent.length + line.length + word.length > WIDTH) {
        lines.push(line);
        line = "";
      }
      line += line === "" ? word : ` ${word}`;
    }
    return [...lines, line].map((part, index) => `${indent}# ${index === 0 ? "" : "  "}${part}`);
  });
}
