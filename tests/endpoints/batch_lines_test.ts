/** What the lines of a batch's file name, while its form goes by. */
import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { BatchLines } from "../../lib/endpoints/batch_lines.ts";
import { GatewayError } from "../../lib/errors.ts";

const encoder = new TextEncoder();
const LONGEST = 4_000;

function form(content: string): string {
  return '--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n' +
    '--b\r\nContent-Disposition: form-data; name="file"; filename="b.jsonl"\r\n' +
    `Content-Type: application/jsonl\r\n\r\n${content}\r\n--b--\r\n`;
}

function line(content: unknown, more: Record<string, unknown> = {}): string {
  const messages = [{ role: "user", content }];
  return JSON.stringify({
    custom_id: "1",
    method: "POST",
    url: "/v1/chat/completions",
    body: { messages },
    ...more,
  });
}

const file = (file_id: string) => [{ type: "file", file: { file_id } }];

/** What was asked for of a form that comes in pieces. */
async function asked(text: string, cuts: readonly number[] = []): Promise<Record<string, string>> {
  const found = new Map<string, string>();
  const lines = new BatchLines((named) => {
    for (const [id, family] of named) found.set(id, family);
    return Promise.resolve();
  }, LONGEST);
  const bytes = encoder.encode(text);
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  for (const [index, start] of at.entries()) await lines.pass(bytes.subarray(start, at[index + 1] ?? start));
  return Object.fromEntries(found);
}

const LINES = [
  line("Hi"),
  line(file("file-1")),
  `\ufeff \t${line(file("file-2"))}\r`,
  line("é", { body: { tools: [{ type: "file_search", vector_store_ids: ["vs_1", "vs_2"] }] } }),
  line(file("file-3")).replace("file_id", "file\\u005fid").replace('"body"', '"\\u0062ody"'),
  JSON.stringify({ custom_id: "2", params: { messages: [{ role: "user", content: file("file-4") }] } }),
  JSON.stringify({ messages: file("file-of-no-batch") }),
  'a text that says {"file_id": "file-5", "body": {}}',
  "",
  line(file("file-6")),
];
const NAMED = {
  ...{ "file-1": "files", "file-2": "files", "vs_1": "vector_stores", "vs_2": "vector_stores" },
  ...{ "file-3": "files", "file-4": "files", "file-6": "files" },
};

Deno.test("ids in the lines of a batch's file are found, however the form is cut into pieces", async () => {
  const text = form(LINES.join("\n"));
  assertEquals(await asked(text), NAMED);
  await fc.assert(fc.asyncProperty(fc.array(fc.nat(), { maxLength: 30 }), async (cuts) => {
    assertEquals(await asked(text, cuts), NAMED);
  }));
});

Deno.test("each id is asked for once, and a refusal is the upload's", async () => {
  const calls: string[][] = [];
  const lines = new BatchLines((named) => {
    calls.push([...named.keys()]);
    return named.has("file-2") ? Promise.reject(new Error("not hers")) : Promise.resolve();
  }, LONGEST);
  const text = `${line(file("file-1"))}\n`;
  await lines.pass(encoder.encode(text + text));
  await lines.pass(encoder.encode(text));
  assertEquals(calls, [["file-1"]]);
  await assertRejects(() => lines.pass(encoder.encode(`${line(file("file-2"))}\n`)), Error, "not hers");
});

/** What two readers may take for two things, or nobody can look into. */
const REFUSED: Readonly<Record<string, string>> = {
  "a field twice": line(file("file-1")).replace("{", '{"body":{"messages":[]},'),
  "two objects": `${line("Hi")}\r${line(file("file-1"))}`,
  "no JSON": line(file("file-1"), { seed: 1 }).replace(/1}$/, "NaN}"),
  "an end of line of another kind": `${line("Hi")}\u2028${line(file("file-1"))}`,
  "too long": line([...file("file-1"), { type: "text", text: "x".repeat(LONGEST) }]),
  "too long, with the id at its end": line([
    { type: "text", text: "x".repeat(3 * LONGEST) },
    ...file("file-1"),
  ]),
};

for (const [name, refused] of Object.entries(REFUSED)) {
  Deno.test(`a line that names something is refused where it cannot be read: ${name}`, async () => {
    const text = form(`${line("Hi")}\n${refused}\n${line("Hi")}`);
    for (let size = 1; size < 4; size++) {
      const cuts = Array.from(
        { length: Math.floor(text.length / (size * 701)) },
        (_, i) => (i + 1) * size * 701,
      );
      const error = await assertRejects(() => asked(text, cuts), GatewayError);
      assertEquals([error.status, error.param], [400, "file"]);
    }
  });
}

Deno.test("what is no line of a batch is let by, whatever it looks like and however long", async () => {
  const noise = new Uint8Array(100_000);
  for (let at = 0; at < noise.length; at += 50_000) crypto.getRandomValues(noise.subarray(at, at + 50_000));
  const lines = new BatchLines(() => Promise.reject(new Error("it was asked")), LONGEST);
  await lines.pass(noise);
  const whole = `\n{"file_id":"file-1","text":"${
    "x".repeat(3 * LONGEST)
  }"}\n{"file_id": "file-1",\n{"body":"Hi\n`;
  await lines.pass(encoder.encode(whole));
  // A picture in a line is long, and names nothing.
  await lines.pass(encoder.encode(`${line("x".repeat(2 * LONGEST))}\n`));
});
