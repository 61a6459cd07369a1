import { assert, assertEquals } from "@std/assert";
import { faultOf } from "../../lib/config/linear_pattern.ts";

const TAKEN = [
  String.raw`EMP-\d{6}`,
  String.raw`\bproject (?:falcon|eagle)\b`,
  String.raw`[A-Z]{2,4}-\d+`,
  String.raw`(?:AB|CD)\d{4}`,
  String.raw`(?:[a-z]{2}-){3}\d`,
  String.raw`[(|)*+]x`,
  String.raw`\(\d+\) \[x\]`,
];
const REFUSED: readonly (readonly [string, string])[] = [
  ["(a+)+b", "repeats or chooses itself"],
  ["(?:a|a)*b", "repeats or chooses itself"],
  ["(?:a?b){2,}", "repeats or chooses itself"],
  ["((?:x*)y)+", "repeats or chooses itself"],
  ["a*b*c*d", "open repetitions"],
  ["a{1,}b{2,99}c+", "open repetitions"],
  [String.raw`(a)\1`, "refers back"],
  ["(?=a)b", "plain groups"],
  ["(?<n>a)", "plain groups"],
  ["a*", "nothing at all"],
  ["(", "Invalid regular expression"],
  ["x".repeat(501), "characters"],
];

Deno.test("patterns are taken that are quick on any line, others are refused with the reason", () => {
  for (const pattern of TAKEN) assertEquals(faultOf(pattern), null, pattern);
  for (const [pattern, reason] of REFUSED) {
    assert(faultOf(pattern)?.includes(reason), `${pattern}: ${faultOf(pattern)}`);
  }
});

Deno.test("a pattern that is taken is done with a line of 256 characters at once, whatever stands there", () => {
  const hostile = ["a", "1", "A1", "-", "ab ", "x1-", "(|", "E"];
  for (const pattern of [...TAKEN, "a*a*b", "[a-z1]+[a-z]+-", String.raw`\w+\w+@`]) {
    assertEquals(faultOf(pattern), null);
    const form = new RegExp(pattern, "gu");
    for (const unit of hostile) {
      const line = unit.repeat(256).slice(0, 256);
      const began = performance.now();
      line.replaceAll(form, "");
      const ms = performance.now() - began;
      assert(ms < 100, `${pattern} on ${unit}: ${ms} ms`);
    }
  }
});
