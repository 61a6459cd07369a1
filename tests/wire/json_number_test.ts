import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { shortNumber } from "../../lib/wire/json_number.ts";

const encoder = new TextEncoder();

function read(text: string): number {
  const bytes = encoder.encode(`[${text}]`);
  return shortNumber(bytes, 1, bytes.length - 1);
}

Deno.test("shortNumber() says what JSON.parse says", () => {
  for (const text of ["0", "-0", "256", "0.7", "-1.5", "0.1", "0.3000000000001", "123456789012345", "1.0"]) {
    assertEquals(read(text), JSON.parse(text), text);
  }
  const digits = (maxLength: number) => fc.stringMatching(new RegExp(`^(0|[1-9][0-9]{0,${maxLength - 1}})$`));
  fc.assert(
    fc.property(fc.boolean(), digits(7), fc.stringMatching(/^[0-9]{0,6}$/), (minus, whole, fraction) => {
      const text = `${minus ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
      assert(Object.is(read(text), JSON.parse(text)), text);
    }),
  );
});

Deno.test("shortNumber() leaves to JSON.parse what is none, long, or has an exponent", () => {
  for (
    const text of ["1e3", "2E-1", '"12"', "true", "null", "[1]", "{}", "1234567890123456", "0.12345678901234"]
  ) {
    assertEquals(read(text), NaN, text);
  }
});
