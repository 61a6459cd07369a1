import { assert, assertEquals, assertMatch } from "@std/assert";
import { cycloneDx } from "../../scripts/sbom/cyclone_dx.ts";
import { licencesPage } from "../../scripts/sbom/licences_page.ts";
import { readPackages } from "../../scripts/sbom/packages.ts";

const ROOT = new URL("../../", import.meta.url);

/** Permissive ones. Of an expression with OR one is enough, with AND all have to be here. */
const LICENCES = new Set([
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "ISC",
  "MIT",
  "Unlicense",
  "Zlib",
]);

/** Also good for what is used unchanged, and not shipped. */
const OF_TESTS = new Set(["MPL-2.0"]);

/** Of tests' packages, which have scripts that Deno does not run (it would take `--allow-scripts`). */
const NOT_RUN = new Set(["@google/genai", "protobufjs", "tree-sitter"]);

function isPermissive(licence: string): boolean {
  const terms = licence.replace(/^\(|\)$/g, "");
  return terms.split(" OR ").some((one) => one.split(" AND ").every((it) => LICENCES.has(it)));
}

Deno.test("no package of the binary has a script that runs when it is installed, and all licences are permissive", async () => {
  for (const { name, licence, shipped, installScripts } of await readPackages(ROOT)) {
    assert(installScripts.length === 0 || (!shipped && NOT_RUN.has(name)), `${name} has ${installScripts}`);
    // Packages for other systems are not on this machine, and some of tests' say nothing.
    assert(
      isPermissive(licence) || (!shipped && (licence === "" || OF_TESTS.has(licence))),
      `${name}: ${licence || "no licence"}`,
    );
  }
  const { tasks } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  assert(!JSON.stringify(tasks).includes("--allow-scripts"));
});

Deno.test("docs/licences.md is up to date", async () => {
  assertEquals(
    await Deno.readTextFile(new URL("docs/licences.md", ROOT)),
    licencesPage(await readPackages(ROOT)),
  );
});

Deno.test("the bill of materials is the same each time, and refers to nothing that is not in it", async () => {
  const packages = (await readPackages(ROOT)).filter(({ shipped }) => shipped);
  // deno-lint-ignore no-explicit-any -- as a reader has it
  const bom = JSON.parse(JSON.stringify(cycloneDx(packages, "1.2.3"))) as any;
  assertEquals([bom.bomFormat, bom.specVersion, bom.metadata.component.version], [
    "CycloneDX",
    "1.6",
    "1.2.3",
  ]);
  assertEquals(bom, cycloneDx((await readPackages(ROOT)).filter(({ shipped }) => shipped), "1.2.3"));
  const refs = new Set([
    bom.metadata.component["bom-ref"],
    ...bom.components.map((it: never) => it["bom-ref"]),
  ]);
  assertEquals(refs.size, bom.components.length + 1);
  for (const { ref, dependsOn } of bom.dependencies) {
    assert([ref, ...dependsOn].every((it) => refs.has(it)), ref);
  }
  for (const { purl, hashes: [{ content }] } of bom.components) {
    assertMatch(purl, /^pkg:npm\/(%40[\w.-]+\/)?[\w.-]+@\d/);
    assertMatch(content, /^[0-9a-f]{128}$/);
  }
});
