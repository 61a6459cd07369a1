import { decodeBase64 } from "../../lib/wire/embeddings/base64.ts";
import type { LockedPackage } from "./packages.ts";

/** What is shipped, as a CycloneDX document. The same for the same lock file: it has no date and no number of its own. */
export function cycloneDx(packages: readonly LockedPackage[], version: string): unknown {
  const own = `pkg:generic/llm-gateway@${version}`;
  const refs = new Map(packages.map((each) => [`${each.name}@${each.version}`, purl(each)]));
  const refsOf = (names: readonly string[]) =>
    names.map((name) => refs.get(name)).filter((ref) => ref !== undefined);
  const wanted = new Set(packages.flatMap(({ dependencies }) => dependencies));
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      component: {
        "type": "application",
        "bom-ref": own,
        name: "llm-gateway",
        version,
        purl: own,
        licenses: [{ license: { id: "MIT" } }],
      },
    },
    components: packages.map((each) => ({
      "type": "library",
      "bom-ref": purl(each),
      ...named(each.name),
      version: each.version,
      purl: purl(each),
      hashes: [{ alg: "SHA-512", content: hex(each.sha512) }],
      licenses: / (OR|AND|WITH) /.test(each.licence)
        ? [{ expression: each.licence.replace(/^\((.*)\)$/, "$1") }]
        : [{ license: { id: each.licence } }],
    })),
    dependencies: [
      {
        ref: own,
        dependsOn: refsOf(
          packages.map(({ name, version }) => `${name}@${version}`).filter((it) => !wanted.has(it)),
        ),
      },
      ...packages.map((each) => ({ ref: purl(each), dependsOn: refsOf(each.dependencies) })),
    ],
  };
}

/** @see https://github.com/package-url/purl-spec */
function purl({ name, version }: LockedPackage): string {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

function named(name: string): { group?: string; name: string } {
  const [group = "", rest] = name.split("/");
  return rest === undefined ? { name } : { group, name: rest };
}

function hex(base64: string): string {
  return Array.from(decodeBase64(base64), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
