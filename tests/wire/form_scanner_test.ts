/** The search for a form's model, however the form is cut into pieces. */
import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { GatewayError } from "../../lib/errors.ts";
import { boundaryOf, FormScanner } from "../../lib/wire/form_scanner.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The form that the platform makes of fields, with its boundary. */
async function formOf(fields: Readonly<Record<string, string | File>>) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  const request = new Request("http://x/", { method: "POST", body: form });
  const boundary = boundaryOf(request.headers.get("content-type") ?? "");
  return { boundary, bytes: await request.bytes() };
}

function scan(boundary: string, bytes: Uint8Array, cuts: readonly number[] = []): FormScanner {
  const scanner = new FormScanner(boundary, "model");
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (let i = 0; i + 1 < places.length; i++) scanner.push(bytes.subarray(places[i], places[i + 1]));
  return scanner;
}

Deno.test("FormScanner finds the model's value before and behind a file", async () => {
  const file = new File([new Uint8Array(1000)], "a.mp3");
  for (const fields of [{ model: "whisper-1", file }, { file, prompt: "x", model: "whisper-1" }]) {
    const { boundary, bytes } = await formOf(fields);
    const { found, ended } = scan(boundary, bytes);
    assertEquals([found?.value, ended], ["whisper-1", true]);
    assertEquals(decoder.decode(bytes.subarray(found?.start, found?.end)), "whisper-1");
  }
});

Deno.test("FormScanner finds the same, however the bytes are cut, whatever stands in the fields", async () => {
  const text = fc.string({ unit: fc.constantFrom("a", "-", "\r", "\n", "--", '"', "é", ";"), maxLength: 30 });
  await fc.assert(fc.asyncProperty(
    fc.string({ minLength: 1, maxLength: 20, unit: "grapheme-ascii" }),
    text,
    fc.uint8Array({ maxLength: 300 }),
    fc.array(fc.nat(), { maxLength: 12 }),
    async (model, other, content, cuts) => {
      const file = new File([new Uint8Array(content)], 'model".wav');
      const { boundary, bytes } = await formOf({ prompt: other, file, model, more: other });
      const { found, ended } = scan(boundary, bytes, cuts);
      assertEquals([found?.value, ended], [model, true]);
      assertEquals(decoder.decode(bytes.subarray(found?.start, found?.end)), model);
    },
  ));
});

Deno.test("FormScanner finds none where there is none, and takes no file for it", async () => {
  const { boundary, bytes } = await formOf({ prompt: 'name="model"', model: new File(["x"], "x") });
  const { found, ended } = scan(boundary, bytes);
  assertEquals([found, ended], [null, true]);
});

function form(...parts: readonly string[]): Uint8Array {
  return encoder.encode(parts.map((part) => `--b\r\n${part}\r\n`).join("") + "--b--\r\n");
}

const VARIANTS: readonly [name: string, headers: string][] = [
  ["a name without quotes", "Content-Disposition: form-data; name=model"],
  ["lower case", 'content-disposition:form-data; name="model"'],
  ["other headers", 'Content-Type: text/plain\r\nContent-Disposition: form-data; name="model"\r\nX: y'],
];

for (const [name, headers] of VARIANTS) {
  Deno.test(`FormScanner reads ${name}`, () => {
    assertEquals(scan("b", form(`${headers}\r\n\r\nm`)).found?.value, "m");
  });
}

Deno.test("FormScanner reads an empty value as one", () => {
  assertEquals(scan("b", form('Content-Disposition: form-data; name="model"\r\n\r\n')).found?.value, "");
});

const MODEL = 'Content-Disposition: form-data; name="model"\r\n\r\n';
const BROKEN: readonly [name: string, bytes: Uint8Array][] = [
  ["the model twice", form(`${MODEL}a`, `${MODEL}b`)],
  ["headers without end", encoder.encode(`--b\r\nX: ${"x".repeat(20_000)}`)],
  ["a value without end", encoder.encode(`--b\r\n${MODEL}${"x".repeat(2000)}`)],
];

for (const [name, bytes] of BROKEN) {
  Deno.test(`FormScanner refuses ${name}`, () => {
    assertEquals(assertThrows(() => scan("b", bytes), GatewayError).status, 400);
  });
}

Deno.test("boundaryOf() reads a boundary with and without quotes, and refuses a form without", () => {
  assertEquals(boundaryOf("multipart/form-data; boundary=abc"), "abc");
  assertEquals(boundaryOf('multipart/form-data; charset=x; boundary="a b"'), "a b");
  assertThrows(() => boundaryOf("multipart/form-data"), GatewayError);
});
