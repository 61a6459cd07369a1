import type { Registry } from "../../../lib/telemetry/metrics/registry.ts";
import { Renderer } from "../../../lib/telemetry/metrics/exposition.ts";

/** Samples of a scrape by `name{labels}`, as they stand there. */
export async function scrape(registry: Registry): Promise<Map<string, number>> {
  return samples((await new Renderer(registry, () => performance.now()).render()).text);
}

export function samples(text: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const space = line.lastIndexOf(" ");
    found.set(line.slice(0, space), Number(line.slice(space + 1)));
  }
  return found;
}
