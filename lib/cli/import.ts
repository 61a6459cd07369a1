import { type ImportCounts, importLines, newCounts } from "../stores/transfer/import_lines.ts";
import { linesOf } from "../stores/transfer/lines.ts";
import { UsageError } from "./args.ts";
import { type Command, flagValue } from "./command.ts";
import { TRANSFER_FLAGS, transferFilter, withTransfers } from "./transfer_flags.ts";

export const importCommand: Command = {
  name: "import",
  summary: "Take in what export wrote",
  about:
    "Takes what gateway export wrote into what the configuration keeps. What is there is left as it stands, so\n" +
    "it can be done again where it broke off; what is older than is kept is passed over. Exits 1 where it breaks\n" +
    "off or the file is not whole, 2 where it cannot begin.",
  operand: { name: "file", value: "FILE", about: "what export wrote; - is standard input" },
  flags: TRANSFER_FLAGS,
  examples: ["gateway import everything.jsonl", "gateway import --owner team-a -"],
  async run(flags, system) {
    const filter = transferFilter(flags, "import", Date.now());
    const path = flagValue(flags, "file");
    if (path === null) throw new UsageError("a file is missing: gateway import FILE", "import");
    return await withTransfers(flags, system, "import", async ({ transfers }) => {
      const counts = newCounts();
      try {
        const input = path === "-" ? system.input : (await Deno.open(path)).readable;
        await importLines(counted(linesOf(input), counts, system.progress), transfers, filter, counts);
      } catch (error) {
        system.progress(null);
        for (const line of described(counts)) system.err(line);
        system.err(`gateway: ${path}: ${error instanceof Error ? error.message : error}`);
        return 1;
      }
      system.progress(null);
      for (const line of described(counts)) system.err(line);
      return 0;
    });
  },
};

async function* counted(
  lines: AsyncIterable<string>,
  counts: ImportCounts,
  progress: (line: string) => void,
): AsyncGenerator<string> {
  for await (const line of lines) {
    if (counts.records > 0 && counts.records % 1_000 === 0) progress(`${counts.records} records`);
    yield line;
  }
}

function described({ records, taken, unknown }: ImportCounts): string[] {
  const { added, there, expired, refused } = taken;
  return [
    `${records} records: ${added} added, ${there} there already, ${expired} too old, ${refused} too large`,
    ...[...unknown].map(([kind, count]) => `left out: ${count} of kind "${kind}", which nobody here keeps`),
  ];
}
