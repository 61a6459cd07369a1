import type { Report } from "./check.ts";
import type { FileConfig } from "./schema.ts";

/** Prices are of a model at a provider of the file; a name that is neither would never be found. */
export function checkPrices({ prices, providers }: FileConfig, report: Report): void {
  for (const name of Object.keys(prices)) {
    const slash = name.indexOf("/");
    const provider = slash < 0 ? name : name.slice(0, slash);
    if (slash <= 0 || slash === name.length - 1) {
      report.add(["prices", name], `expected PROVIDER/MODEL, got "${name}"`);
    } else if (!Object.hasOwn(providers, provider)) {
      report.add(["prices", name], `there is no provider "${provider}"`);
    }
  }
}
