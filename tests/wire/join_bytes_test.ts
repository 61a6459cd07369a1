import { assertEquals } from "@std/assert";
import { joinBytes } from "../../lib/wire/join_bytes.ts";

Deno.test("joinBytes() puts arrays together", () => {
  assertEquals(joinBytes([]), new Uint8Array());
  assertEquals(joinBytes([Uint8Array.of(1, 2), Uint8Array.of(), Uint8Array.of(3)]), Uint8Array.of(1, 2, 3));
});
