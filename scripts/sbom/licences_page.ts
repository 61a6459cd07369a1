import type { LockedPackage } from "./packages.ts";

/** docs/licences.md: who licenses what is in the binary. */
export function licencesPage(packages: readonly LockedPackage[]): string {
  const shipped = packages.filter(({ shipped }) => shipped);
  return `# Licences

Of what is in the binary, made by \`deno task sbom\` from \`deno.lock\` and what the packages say of themselves;
\`build/sbom.cdx.json\` is the same for machines. Why each is here stands in [dependencies.md](dependencies.md).
None runs anything when it is installed, and a test (\`tests/scripts/sbom_test.ts\`) fails for one that would,
and for a licence that is not permissive (of tests' packages MPL-2.0 will do).

Deno itself is under the MIT licence, with V8 (BSD-3-Clause) and others that it names.

${
    table(
      ["Package", "Version", "Licence"],
      shipped.map(({ name, version, licence }) => [`\`${name}\``, version, licence]),
    )
  }
`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0))
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...rows.map(line)].join(
    "\n",
  );
}
