import { assertEquals, assertRejects } from "@std/assert";
import { AppendFile } from "../../../lib/telemetry/append_file.ts";
import { ExportError } from "../../../lib/telemetry/exporters/exporter.ts";
import { LineExporter } from "../../../lib/telemetry/exporters/line_exporter.ts";
import { encoded, madeUpSpans } from "./spans.ts";

function names(line: string): string[] {
  return JSON.parse(line).resourceSpans[0].scopeSpans[0].spans.map((span: { name: string }) => span.name);
}

Deno.test("LineExporter appends a line of OTLP's JSON a batch, and goes on in a file that took the old one's place", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/spans.jsonl`;
  const file = new AppendFile(path);
  const exporter = new LineExporter("traces", `file ${path}`, file);
  await exporter.export(encoded(madeUpSpans(2)));
  await exporter.export(encoded(madeUpSpans(1)));
  const lines = (await Deno.readTextFile(path)).trimEnd().split("\n");
  assertEquals(lines.map(names), [["span 0", "span 1"], ["span 0"]]);
  await Deno.rename(path, `${path}.1`);
  file.reopen();
  await exporter.export(encoded(madeUpSpans(1)));
  assertEquals((await Deno.readTextFile(path)).split("\n").length, 2);
  exporter.close();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("LineExporter says that a batch did not arrive, and tries again", async () => {
  const folder = await Deno.makeTempDir();
  const exporter = new LineExporter("traces", "", new AppendFile(`${folder}/absent/spans.jsonl`));
  await assertRejects(() => exporter.export(encoded(madeUpSpans(1))), ExportError);
  await Deno.mkdir(`${folder}/absent`);
  await exporter.export(encoded(madeUpSpans(1)));
  exporter.close();
  await Deno.remove(folder, { recursive: true });
});

Deno.test({
  name: "LineExporter says that a disk is full",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const exporter = new LineExporter("traces", "", new AppendFile("/dev/full"));
    await assertRejects(() => exporter.export(encoded(madeUpSpans(1))), ExportError);
    exporter.close();
  },
});
