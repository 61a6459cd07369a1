/**
 * The cases of W3C's own test suite for Trace Context, by its names, on what reaches the provider.
 * @see https://github.com/w3c/trace-context/tree/main/test
 */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { RawClient } from "../server/raw_client.ts";
import { REQUESTS, WHOLE } from "../stages/scripts.ts";
import { FaultSetup, formatOf } from "./fault_setup.ts";

const ID = "12345678901234567890123456789012";
const SPAN = "1234567890123456";
const VALID = `00-${ID}-${SPAN}-01`;
const UNSAMPLED = `00-${ID}-${SPAN}-00`;

type Given = readonly (readonly [name: string, value: string])[];

/** What the provider got. */
interface Received {
  readonly traceId: string;
  readonly spanId: string;
  readonly state: ReadonlyMap<string, string>;
  readonly stateText: string;
}

type Send = (...given: Given) => Promise<Received>;
type Case = (send: Send) => Promise<void>;

function begun({ traceId }: Received): void {
  assert(!traceId.startsWith("1234567890123456789012345678901"), `${traceId} is the caller's`);
  assertNotEquals(traceId, "0".repeat(32));
}

function joined({ traceId, spanId }: Received): void {
  assertEquals(traceId, ID);
  assertNotEquals(spanId, SPAN);
}

/** A new trace begins with each of these headers. */
const begins = (...headers: readonly string[]): Case => async (send) => {
  for (const header of headers) begun(await send(["traceparent", header]));
};

/** What is left of `tracestate`, as a list of members, with each of these lists of its headers. */
const leaves =
  (...rows: readonly (readonly [headers: readonly string[], members: readonly string[]])[]): Case =>
  async (send) => {
    for (const [headers, members] of rows) {
      const states = headers.map((header) => ["tracestate", header] as const);
      const received = await send(["traceparent", UNSAMPLED], ...states);
      joined(received);
      assertEquals(
        [...received.state].map(([key, value]) => `${key}=${value}`),
        [...members],
        JSON.stringify(headers),
      );
    }
  };

const lower = "abcdefghijklmnopqrstuvwxyz0123456789_-*/";
const printable = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => String.fromCharCode(from + i)).join("");
const anyValue = printable(0x20, 0x2b) + printable(0x2d, 0x3c) + printable(0x3e, 0x7e);
const numbered = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `bar${String(from + i).padStart(2, "0")}=${from + i}`);

const CASES: Readonly<Record<string, Case>> = {
  async test_both_traceparent_and_tracestate_missing(send) {
    begun(await send());
  },
  async test_traceparent_included_tracestate_missing(send) {
    joined(await send(["traceparent", VALID]));
  },
  async test_traceparent_duplicated(send) {
    begun(await send(["traceparent", VALID], ["traceparent", `00-${ID.slice(0, 31)}1-${SPAN}-01`]));
  },
  async test_traceparent_header_name(send) {
    for (const name of ["trace-parent", "trace.parent"]) begun(await send([name, VALID]));
  },
  async test_traceparent_header_name_valid_casing(send) {
    for (const name of ["TraceParent", "TrAcEpArEnT", "TRACEPARENT"]) joined(await send([name, VALID]));
  },
  test_traceparent_version_0x00: begins(`${VALID}.`, `${VALID}-what-the-future-will-be-like`),
  async test_traceparent_version_0xcc(send) {
    joined(await send(["traceparent", `cc-${ID}-${SPAN}-01`]));
    joined(await send(["traceparent", `cc-${ID}-${SPAN}-01-what-the-future-will-be-like`]));
    begun(await send(["traceparent", `cc-${ID}-${SPAN}-01.what-the-future-will-be-like`]));
  },
  test_traceparent_version_0xff: begins(`ff-${ID}-${SPAN}-01`),
  test_traceparent_version_illegal_characters: begins(`.0-${ID}-${SPAN}-01`, `0.-${ID}-${SPAN}-01`),
  test_traceparent_version_too_long: begins(`000-${ID}-${SPAN}-01`, `0000-${ID}-${SPAN}-01`),
  test_traceparent_version_too_short: begins(`0-${ID}-${SPAN}-01`),
  test_traceparent_trace_id_all_zero: begins(`00-${"0".repeat(32)}-${SPAN}-01`),
  test_traceparent_trace_id_illegal_characters: begins(
    `00-.${ID.slice(1)}-${SPAN}-01`,
    `00-${ID.slice(0, 31)}.-${SPAN}-01`,
  ),
  test_traceparent_trace_id_too_long: begins(`00-${ID}3-${SPAN}-01`),
  test_traceparent_trace_id_too_short: begins(`00-${ID.slice(0, 31)}-${SPAN}-01`),
  test_traceparent_parent_id_all_zero: begins(`00-${ID}-${"0".repeat(16)}-01`),
  test_traceparent_parent_id_illegal_characters: begins(
    `00-${ID}-.${SPAN.slice(1)}-01`,
    `00-${ID}-${SPAN.slice(0, 15)}.-01`,
  ),
  test_traceparent_parent_id_too_long: begins(`00-${ID}-${SPAN}7-01`),
  test_traceparent_parent_id_too_short: begins(`00-${ID}-${SPAN.slice(0, 15)}-01`),
  test_traceparent_trace_flags_illegal_characters: begins(`00-${ID}-${SPAN}-.0`, `00-${ID}-${SPAN}-0.`),
  test_traceparent_trace_flags_too_long: begins(`00-${ID}-${SPAN}-001`),
  test_traceparent_trace_flags_too_short: begins(`00-${ID}-${SPAN}-1`),
  async test_traceparent_ows_handling(send) {
    for (const header of [` ${VALID}`, `\t${VALID}`, `${VALID} `, `${VALID}\t`, `\t ${VALID} \t`]) {
      joined(await send(["traceparent", header]));
    }
  },
  async test_tracestate_included_traceparent_missing(send) {
    for (const header of ["foo=1", "foo=1,bar=2"]) {
      const received = await send(["tracestate", header]);
      begun(received);
      assertEquals(received.stateText, "");
    }
  },
  test_tracestate_included_traceparent_included: leaves([["foo=1,bar=2"], ["foo=1", "bar=2"]]),
  async test_tracestate_header_name(send) {
    for (const name of ["trace-state", "trace.state"]) {
      assertEquals((await send(["traceparent", UNSAMPLED], [name, "foo=1"])).stateText, "");
    }
  },
  async test_tracestate_header_name_valid_casing(send) {
    for (const name of ["TraceState", "TrAcEsTaTe", "TRACESTATE"]) {
      assertEquals((await send(["traceparent", UNSAMPLED], [name, "foo=1"])).stateText, "foo=1");
    }
  },
  test_tracestate_empty_header: leaves(
    [[""], []],
    [["foo=1", ""], ["foo=1"]],
    [["", "foo=1"], ["foo=1"]],
  ),
  test_tracestate_multiple_headers_different_keys: leaves([
    ["foo=1,bar=2", "rojo=1,congo=2", "baz=3"],
    ["foo=1", "bar=2", "rojo=1", "congo=2", "baz=3"],
  ]),
  test_tracestate_duplicated_keys: leaves(
    [["foo=1,foo=1"], []],
    [["foo=1,foo=2"], []],
    [["foo=1", "foo=1"], []],
    [["foo=1", "foo=2"], []],
  ),
  test_tracestate_all_allowed_characters: leaves(
    [[`${lower}=${anyValue}`], [`${lower}=${anyValue}`]],
    [[`${lower}@a-z0-9_-*/=${anyValue}`], [`${lower}@a-z0-9_-*/=${anyValue}`]],
  ),
  test_tracestate_ows_handling: leaves(
    [["foo=1 \t , \t bar=2, \t baz=3"], ["foo=1", "bar=2", "baz=3"]],
    [["foo=1\t \t,\t \tbar=2,\t \tbaz=3"], ["foo=1", "bar=2", "baz=3"]],
    [[" foo=1"], ["foo=1"]],
    [["\tfoo=1"], ["foo=1"]],
    [["foo=1 "], ["foo=1"]],
    [["foo=1\t"], ["foo=1"]],
    [["\t foo=1 \t"], ["foo=1"]],
  ),
  test_tracestate_key_illegal_characters: leaves([["foo =1"], []], [["FOO=1"], []], [["foo.bar=1"], []]),
  test_tracestate_key_illegal_vendor_format: leaves(
    [["foo@=1,bar=2"], []],
    [["@foo=1,bar=2"], []],
    [["foo@@bar=1,bar=2"], []],
    [["foo@bar@baz=1,bar=2"], []],
  ),
  test_tracestate_member_count_limit: leaves(
    [[numbered(1, 10).join(","), numbered(11, 20).join(","), numbered(21, 32).join(",")], numbered(1, 32)],
    [[numbered(1, 10).join(","), numbered(11, 20).join(","), numbered(21, 33).join(",")], []],
  ),
  test_tracestate_key_length_limit: leaves(
    [["foo=1", `${"z".repeat(256)}=1`], ["foo=1", `${"z".repeat(256)}=1`]],
    [["foo=1", `${"z".repeat(257)}=1`], []],
    [["foo=1", `${"t".repeat(241)}@${"v".repeat(14)}=1`], [
      "foo=1",
      `${"t".repeat(241)}@${"v".repeat(14)}=1`,
    ]],
    [["foo=1", `${"t".repeat(242)}@v=1`], []],
    [["foo=1", `t@${"v".repeat(15)}=1`], []],
  ),
  test_tracestate_value_illegal_characters: leaves([["foo=bar=baz"], []], [["foo=,bar=3"], []]),
  async test_multiple_requests_with_valid_traceparent(send) {
    const received = [
      await send(["traceparent", VALID]),
      await send(["traceparent", VALID]),
      await send(["traceparent", VALID]),
    ];
    received.forEach(joined);
    assertEquals(new Set(received.map(({ spanId }) => spanId)).size, 3);
  },
  async test_multiple_requests_without_traceparent(send) {
    const received = [await send(), await send(), await send()];
    assertEquals(new Set(received.map(({ spanId }) => spanId)).size, 3);
  },
  async test_multiple_requests_with_illegal_traceparent(send) {
    const illegal = ["traceparent", `00-${"0".repeat(32)}-${SPAN}-01`] as const;
    const received = [await send(illegal), await send(illegal), await send(illegal)];
    received.forEach(begun);
    assertEquals(new Set(received.map(({ spanId }) => spanId)).size, 3);
  },
};

const ENDPOINTS = [
  ["/v1/chat/completions", "openai_chat", "chat"],
  ["/v1/responses", "openai_responses", "openai"],
] as const;

Deno.test("W3C Trace Context, on what reaches the provider", async (t) => {
  let headers = new Headers();
  await using setup = await FaultSetup.start(
    async (call) => {
      headers = call.headers;
      await call.answer(200, JSON.stringify(WHOLE[formatOf(call)]));
    },
    "server: { drain_delay: 0s }\nobservability: { tracing: { enabled: true } }",
  );
  const port = Number(new URL(setup.gateway.url).port);
  for (const [path, format, model] of ENDPOINTS) {
    using client = await RawClient.connect(port);
    const body = JSON.stringify({ ...REQUESTS[format], model });
    const send: Send = async (...given) => {
      const lines = given.map(([name, value]) => `${name}:${value}\r\n`).join("");
      const head = `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n${lines}\r\n`;
      const answer = await client.ask(head + body, JSON.stringify(WHOLE[format]).slice(-30));
      assert(answer.startsWith("HTTP/1.1 200 "), answer);
      const match = /^00-([0-9a-f]{32})-([0-9a-f]{16})-0[0-3]$/.exec(headers.get("traceparent") ?? "");
      if (match === null) throw new Error(`traceparent is ${headers.get("traceparent")}`);
      const stateText = headers.get("tracestate") ?? "";
      const members = stateText.split(",").filter((member) => member !== "");
      const state = new Map(members.map((member) => {
        const equals = member.indexOf("=");
        return [member.slice(0, equals), member.slice(equals + 1)];
      }));
      return { traceId: match[1] ?? "", spanId: match[2] ?? "", state, stateText };
    };
    for (const [name, run] of Object.entries(CASES)) await t.step(`${name}, ${path}`, () => run(send));
  }
  assertEquals(Object.keys(CASES).length, 40);
});
