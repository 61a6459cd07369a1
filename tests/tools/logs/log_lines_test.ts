import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { type LineReader, LineSplitter, readLog, readLogFile } from "../../../lib/tools/logs/log_lines.ts";
import { ToolError } from "../../../lib/tools/tool_error.ts";

function collector(): LineReader & { lines: string[]; long: number } {
  const lines: string[] = [];
  const reader = {
    lines,
    long: 0,
    line: (text: string) => void lines.push(text),
    tooLong: () => void reader.long++,
  };
  return reader;
}

async function gzipped(text: string): Promise<Uint8Array> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

Deno.test("lines are the same however the bytes are cut, with CR LF or LF, the last without either", () => {
  fc.assert(fc.property(
    fc.array(fc.string({ unit: "grapheme", minLength: 1 }).filter((line) => !/[\r\n\ufeff]/.test(line))),
    fc.constantFrom("\n", "\r\n"),
    fc.array(fc.nat(20)),
    (lines, end, cuts) => {
      const bytes = new TextEncoder().encode(lines.join(end));
      const reader = collector();
      const splitter = new LineSplitter(reader);
      let at = 0;
      for (const cut of cuts) splitter.push(bytes.subarray(at, at += cut));
      splitter.push(bytes.subarray(at));
      splitter.end();
      assertEquals(reader.lines, lines);
    },
  ));
});

Deno.test("a line that is too long is passed over and told", () => {
  const reader = collector();
  const splitter = new LineSplitter(reader);
  const encoder = new TextEncoder();
  splitter.push(encoder.encode("a\n"));
  for (let i = 0; i < 18; i++) splitter.push(new Uint8Array(1 << 20).fill(120));
  splitter.push(encoder.encode("end of it\nb\n"));
  splitter.end();
  assertEquals([reader.lines, reader.long], [["a", "b"], 1]);
});

Deno.test("readLog() reads gzip of several members, as rotation appends them", async () => {
  const reader = collector();
  const bytes = [await gzipped("a\nb\n"), await gzipped("c\n")];
  await readLog(new Blob(bytes as BlobPart[]).stream(), reader);
  assertEquals(reader.lines, ["a", "b", "c"]);
});

Deno.test("readLogFile() says of a file that is absent, or cut off in its compression", async () => {
  await assertRejects(() => readLogFile("/nowhere", collector()), ToolError, "there is no such file");
  const path = await Deno.makeTempFile();
  await Deno.writeFile(path, (await gzipped("a\n".repeat(9999))).subarray(0, 40));
  await assertRejects(() => readLogFile(path, collector()), ToolError, "cannot be read to its end");
  await Deno.remove(path);
});
