// deno-lint-ignore-file no-console -- a script
/**
 * `deno run -A scripts/sbom.ts [--check]`: writes what the program is made of: `build/sbom.cdx.json`, a CycloneDX
 * document of what the lock file pins, to be shipped beside the binary, and `docs/licences.md`. With `--check` it
 * writes nothing and fails where that page is not up to date.
 *
 * @see https://cyclonedx.org/docs/1.6/json/
 */
import { type LockedPackage, readPackages } from "./sbom/packages.ts";
import { cycloneDx } from "./sbom/cyclone_dx.ts";
import { licencesPage } from "./sbom/licences_page.ts";

const ROOT = new URL("../", import.meta.url);
const PAGE = new URL("docs/licences.md", ROOT);

const packages: readonly LockedPackage[] = await readPackages(ROOT);
const page = licencesPage(packages);
if (Deno.args.includes("--check")) {
  if (await Deno.readTextFile(PAGE) !== page) {
    console.error("docs/licences.md is not up to date: deno run -A scripts/sbom.ts");
    Deno.exitCode = 1;
  }
} else {
  await Deno.writeTextFile(PAGE, page);
  await Deno.mkdir(new URL("build/", ROOT), { recursive: true });
  const { version } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  const bom = cycloneDx(packages.filter(({ shipped }) => shipped), version);
  await Deno.writeTextFile(new URL("build/sbom.cdx.json", ROOT), `${JSON.stringify(bom, null, 2)}\n`);
}
