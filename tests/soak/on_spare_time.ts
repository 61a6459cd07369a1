import type { Soak } from "./scenario.ts";

/**
 * A command that gets what processor time nobody else wants. In the short form, beside other tests, there may be none:
 * there it gets its share, for times are not judged.
 */
export function onSpareTime(
  { short }: Pick<Soak, "short">,
  [program, ...args]: readonly [string, ...string[]],
  options: Deno.CommandOptions,
): Deno.Command {
  return short
    ? new Deno.Command(program, { ...options, args })
    : new Deno.Command("chrt", { ...options, args: ["--idle", "0", program, ...args] });
}
