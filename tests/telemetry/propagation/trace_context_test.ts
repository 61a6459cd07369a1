import { assertEquals } from "@std/assert";
import { extractTraceContext, traceparent } from "../../../lib/telemetry/propagation/trace_context.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";
const VALID = `00-${TRACE}-${SPAN}-01`;

Deno.test("extractTraceContext() reads a valid traceparent", () => {
  assertEquals(extractTraceContext(VALID, null), {
    traceId: TRACE,
    spanId: SPAN,
    sampled: true,
    random: false,
    traceState: "",
  });
});

const FLAGS: readonly [string, boolean, boolean][] = [
  ["00", false, false],
  ["01", true, false],
  ["02", false, true],
  ["03", true, true],
  ["fe", false, true],
  ["ff", true, true],
];

for (const [flags, sampled, random] of FLAGS) {
  Deno.test(`extractTraceContext() reads the flags ${flags}`, () => {
    const parent = extractTraceContext(`00-${TRACE}-${SPAN}-${flags}`, null);
    assertEquals([parent?.sampled, parent?.random], [sampled, random]);
  });
}

const INVALID: Readonly<Record<string, string | null>> = {
  "is absent": null,
  "is empty": "",
  "is too short": `00-${TRACE}-${SPAN}-0`,
  "is longer than version 00": `${VALID}-what-the-future-will-be-like`,
  "has a trailing dash in version 00": `${VALID}-`,
  "has a later version with a tail that is not a field": `cc-${TRACE}-${SPAN}-01.what`,
  "has version ff": `ff-${TRACE}-${SPAN}-01`,
  "has a version that is not hexadecimal": `.0-${TRACE}-${SPAN}-01`,
  "has a version in upper case": `CC-${TRACE}-${SPAN}-01`,
  "has a trace id of zeros": `00-${"0".repeat(32)}-${SPAN}-01`,
  "has a span id of zeros": `00-${TRACE}-${"0".repeat(16)}-01`,
  "has a trace id in upper case": `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  "has a span id in upper case": `00-${TRACE}-${SPAN.toUpperCase()}-01`,
  "has a trace id that is not hexadecimal": `00-${TRACE.slice(1)}g-${SPAN}-01`,
  "has a trace id that is too long": `00-${TRACE}0-${SPAN}-01`,
  "has flags that are not hexadecimal": `00-${TRACE}-${SPAN}-.1`,
  "has no dashes": VALID.replaceAll("-", "_"),
  "stands twice": `${VALID}, ${VALID}`,
};

for (const [what, header] of Object.entries(INVALID)) {
  Deno.test(`extractTraceContext() begins anew when traceparent ${what}`, () => {
    assertEquals(extractTraceContext(header, "foo=1"), null);
  });
}

for (const header of [`cc-${TRACE}-${SPAN}-01`, `01-${TRACE}-${SPAN}-01-what-the-future-will-be-like`]) {
  Deno.test(`extractTraceContext() reads the known fields of a later version: ${header.slice(0, 2)}`, () => {
    assertEquals(extractTraceContext(header, null)?.traceId, TRACE);
  });
}

const many = (count: number) => Array.from({ length: count }, (_, i) => `k${i}=1`).join(",");
const wide = (key: string, length: number) => `${key}=${"x".repeat(length - key.length - 1)}`;

const STATES: readonly [what: string, header: string, expected: string][] = [
  ["keeps members in order", "foo=1,bar=2", "foo=1,bar=2"],
  ["removes optional white space and empty members", "foo=1 \t , ,\t bar=2,", "foo=1,bar=2"],
  ["keeps spaces inside a value", "foo= a b,bar=2", "foo= a b,bar=2"],
  ["accepts every key character", "0a-z_*/@t=1,9-*/=2", "0a-z_*/@t=1,9-*/=2"],
  ["is void with two members of one key", "foo=1,bar=2,foo=3", ""],
  ["is void with two at-signs in a key", "a@b@c=2", ""],
  ["is void with an at-sign at a key's end", "foo@=1", ""],
  [
    "accepts a tenant of 241 and a system of 14",
    `${"t".repeat(241)}@${"v".repeat(14)}=1`,
    `${"t".repeat(241)}@${"v".repeat(14)}=1`,
  ],
  ["is void with a tenant of 242 characters", `${"t".repeat(242)}@v=1`, ""],
  ["is void with a system of 15 characters", `t@${"v".repeat(15)}=1`, ""],
  ["keeps 32 members", many(32), many(32)],
  ["is void with 33 members", many(33), ""],
  ["is void with an upper-case key", "FOO=1", ""],
  ["is void with a key that begins with a sign", "@foo=1", ""],
  ["is void with a space before the sign", "foo =1", ""],
  ["is void without a value", "foo=", ""],
  ["is void without a sign", "foo", ""],
  ["is void with two signs", "foo=1=2", ""],
  ["is void with a character beyond ASCII", "foo=é", ""],
  ["is void when one of several is malformed", "foo=1,Bar=2", ""],
  ["accepts a key of 256 characters", `${"k".repeat(256)}=1`, `${"k".repeat(256)}=1`],
  ["is void with a key of 257 characters", `${"k".repeat(257)}=1`, ""],
  ["accepts a value of 256 characters", `k=${"v".repeat(256)}`, `k=${"v".repeat(256)}`],
  ["is void with a value of 257 characters", `k=${"v".repeat(257)}`, ""],
  ["drops long members first above 512 characters", [wide("a", 250), "b=1", wide("c", 258)].join(","), "b=1"],
  [
    "drops the oldest members above 512 characters",
    Array.from({ length: 6 }, (_, i) => wide(`k${i}`, 100)).join(","),
    Array.from({ length: 5 }, (_, i) => wide(`k${i}`, 100)).join(","),
  ],
];

for (const [what, header, expected] of STATES) {
  Deno.test(`extractTraceContext() tracestate: ${what}`, () => {
    assertEquals(extractTraceContext(VALID, header)?.traceState, expected);
  });
}

Deno.test("traceparent() writes the header that extractTraceContext() reads", () => {
  assertEquals(traceparent(TRACE, SPAN, true), VALID);
  assertEquals(traceparent(TRACE, SPAN, false), `00-${TRACE}-${SPAN}-00`);
  assertEquals(traceparent(TRACE, SPAN, true, true), `00-${TRACE}-${SPAN}-03`);
});
