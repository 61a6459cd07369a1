import { exportLines } from "../stores/transfer/export_lines.ts";
import { VERSION } from "../version.ts";
import { type Command, flagValue } from "./command.ts";
import { TRANSFER_FLAGS, transferFilter, withTransfers } from "./transfer_flags.ts";

const encoder = new TextEncoder();

/** Takes what an export is made of; a file is nobody else's to read. */
async function openOutput(path: string | null): Promise<Deno.FsFile | typeof Deno.stdout> {
  if (path === null || path === "-") return Deno.stdout;
  return await Deno.open(path, { write: true, create: true, truncate: true, mode: 0o600 });
}

export const exportCommand: Command = {
  name: "export",
  summary: "Write all that is kept as lines of JSON",
  about:
    "Writes conversations, responses, keys and what else the configuration keeps in a file or a database, for\n" +
    "another gateway to import, as lines of JSON. It may be done while gateways serve. What they hold is secret:\n" +
    "keep it as you keep the database. Exits 1 where it breaks off, 2 where it cannot begin.",
  flags: [
    ...TRANSFER_FLAGS,
    { name: "output", value: "FILE", about: "where to (standard output)" },
  ],
  examples: [
    "gateway export --output everything.jsonl",
    "gateway export --config old.yaml | gateway import --config new.yaml -",
    "gateway export --only conversations --owner team-a --since 30d",
  ],
  async run(flags, system) {
    const now = Date.now();
    const filter = transferFilter(flags, "export", now);
    return await withTransfers(flags, system, "export", async ({ transfers }) => {
      const path = flagValue(flags, "output");
      let records = -2;
      try {
        const output = await openOutput(path);
        const writer = output.writable.getWriter();
        for await (const line of exportLines(transfers, filter, { version: VERSION, now })) {
          await writer.write(encoder.encode(`${line}\n`));
          if (++records > 0 && records % 1_000 === 0) system.progress(`${records} records`);
        }
        if (output !== Deno.stdout) await writer.close();
        else writer.releaseLock();
      } catch (error) {
        system.progress(null);
        system.err(`gateway: the export broke off: ${error instanceof Error ? error.message : error}`);
        return 1;
      }
      system.progress(null);
      system.err(`${records} records`);
      return 0;
    });
  },
};
