import { assertEquals } from "@std/assert";
import { loadText, problemsOf } from "./load_text.ts";

const keyOf = (expires: string) => `auth: { keys: [{ name: a, key: k, expires_at: ${expires} }] }`;

Deno.test("a date is its beginning in UTC, quoted or not, or has its time and zone", () => {
  const table: [string, string][] = [
    ["2027-01-31", "2027-01-31T00:00:00.000Z"],
    ['"2027-01-31"', "2027-01-31T00:00:00.000Z"],
    ["2027-01-31T12:30:00+01:00", "2027-01-31T11:30:00.000Z"],
    ['"2027-01-31T12:30Z"', "2027-01-31T12:30:00.000Z"],
  ];
  for (const [text, expected] of table) {
    const { config } = loadText(keyOf(text));
    assertEquals(new Date(config.auth.keys[0]?.expires_at ?? NaN).toISOString(), expected, text);
  }
});

Deno.test("what is no date, and what is no network, is refused", () => {
  for (const text of ['"tomorrow"', "5", '"2027-13-01"', '"2027-01-31T12:30"']) {
    assertEquals(problemsOf(keyOf(text)).length, 1, text);
  }
  for (const network of ["999.1.1.1", "10.0.0.0/33", "host"]) {
    assertEquals(problemsOf(`server: { trusted_proxies: ["${network}"] }`).length, 1, network);
    assertEquals(
      problemsOf(`auth: { keys: [{ name: a, key: k, addresses: ["${network}"] }] }`).length,
      1,
      network,
    );
  }
});
