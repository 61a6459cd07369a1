import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { RawHeaders } from "../../lib/providers/raw_headers.ts";

function raw(...headers: string[]): RawHeaders {
  return new RawHeaders(headers.map((text) => Buffer.from(text, "latin1")));
}

Deno.test("get() finds a header in any case and joins several of one name", () => {
  const headers = raw(
    "Content-Type",
    "text/plain",
    "X-RateLimit-Left",
    "1",
    "x-ratelimit-left",
    "2",
    "Ünï",
    "é",
  );
  assertEquals(headers.get("content-type"), "text/plain");
  assertEquals(headers.get("x-ratelimit-left"), "1, 2");
  assertEquals(headers.get("content-typ"), null);
  assertEquals(headers.get("content_type"), null);
  assertEquals(raw().get("x"), null);
});

Deno.test("entries() gives all headers in order, names in lower case", () => {
  assertEquals([...raw("A", "1", "b", "", "A", "2").entries()], [["a", "1"], ["b", ""], ["a", "2"]]);
});
