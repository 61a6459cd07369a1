import { assertEquals } from "@std/assert";
import type { PropagatorName } from "../../../lib/telemetry/names/propagators.ts";
import { Propagators } from "../../../lib/telemetry/propagation/propagators.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SHORT = "8448eb211c80319c";
const SPAN = "b7ad6b7169203331";

type Headers_ = Readonly<Record<string, string>>;
/** Trace id, span id and decision; null: nothing valid. */
type Found = readonly [string, string, boolean | null] | null;

const EXTRACTED: Readonly<
  Record<Exclude<PropagatorName, "baggage">, readonly (readonly [Headers_, Found])[]>
> = {
  tracecontext: [
    [{ traceparent: `00-${TRACE}-${SPAN}-01` }, [TRACE, SPAN, true]],
    [{ traceparent: `00-${TRACE}-${SPAN}-00` }, [TRACE, SPAN, false]],
    [{ tracestate: "a=1" }, null],
  ],
  b3: [
    [{ b3: `${TRACE}-${SPAN}-1` }, [TRACE, SPAN, true]],
    [{ b3: `${TRACE}-${SPAN}-d` }, [TRACE, SPAN, true]],
    [{ b3: `${TRACE}-${SPAN}-0-05e3ac9a4f6e3b90` }, [TRACE, SPAN, false]],
    [{ b3: `${TRACE}-${SPAN}` }, [TRACE, SPAN, null]],
    [{ b3: `${SHORT}-${SPAN}-1` }, [`${"0".repeat(16)}${SHORT}`, SPAN, true]],
    [{ b3: `${TRACE.toUpperCase()}-${SPAN.toUpperCase()}-1` }, [TRACE, SPAN, true]],
    [{ "x-b3-traceid": TRACE, "x-b3-spanid": SPAN, "x-b3-sampled": "1" }, [TRACE, SPAN, true]],
    [{ b3: "0" }, null],
    [{ b3: `${TRACE}-${SPAN}-2` }, null],
    [{ b3: `${TRACE}-${SPAN}-1-nope` }, null],
    [{ b3: `${TRACE}-${SPAN}-1-05e3ac9a4f6e3b90-more` }, null],
    [{ b3: `${TRACE.slice(1)}-${SPAN}-1` }, null],
    [{ b3: `${"0".repeat(32)}-${SPAN}-1` }, null],
    [{ b3: `${TRACE}-${"0".repeat(16)}-1` }, null],
    [{ b3: "" }, null],
  ],
  b3multi: [
    [{ "X-B3-TraceId": TRACE, "X-B3-SpanId": SPAN, "X-B3-Sampled": "1" }, [TRACE, SPAN, true]],
    [{ "X-B3-TraceId": TRACE, "X-B3-SpanId": SPAN, "X-B3-Sampled": "true" }, [TRACE, SPAN, true]],
    [{ "X-B3-TraceId": TRACE, "X-B3-SpanId": SPAN, "X-B3-Sampled": "0" }, [TRACE, SPAN, false]],
    [{ "X-B3-TraceId": TRACE, "X-B3-SpanId": SPAN, "X-B3-Flags": "1" }, [TRACE, SPAN, true]],
    [{ "X-B3-TraceId": SHORT, "X-B3-SpanId": SPAN }, [`${"0".repeat(16)}${SHORT}`, SPAN, null]],
    [{ b3: `${TRACE}-${SPAN}-1` }, [TRACE, SPAN, true]],
    [{ "X-B3-TraceId": TRACE, "X-B3-Sampled": "1" }, null],
    [{ "X-B3-TraceId": TRACE, "X-B3-SpanId": SPAN, "X-B3-Sampled": "yes" }, null],
    [{ "X-B3-Sampled": "0" }, null],
  ],
  jaeger: [
    [{ "uber-trace-id": `${TRACE}:${SPAN}:0:1` }, [TRACE, SPAN, true]],
    [{ "uber-trace-id": `${TRACE}:${SPAN}:${SPAN}:0` }, [TRACE, SPAN, false]],
    [{ "uber-trace-id": `${TRACE}%3A${SPAN}%3a0%3A3` }, [TRACE, SPAN, true]],
    [{ "uber-trace-id": "ab:cd:0:1" }, [`${"0".repeat(30)}ab`, `${"0".repeat(14)}cd`, true]],
    [{ "uber-trace-id": `0:${SPAN}:0:1` }, null],
    [{ "uber-trace-id": `${TRACE}:${SPAN}:1` }, null],
    [{ "uber-trace-id": `${TRACE}:${SPAN}:0:1:2` }, null],
    [{ "uber-trace-id": `${TRACE}:${SPAN}:0:xyz` }, null],
    [{ "uber-trace-id": `${TRACE}0:${SPAN}:0:1` }, null],
  ],
  xray: [
    [{ "X-Amzn-Trace-Id": `Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=${SPAN};Sampled=1` }, [
      TRACE,
      SPAN,
      true,
    ]],
    [{ "X-Amzn-Trace-Id": `Sampled=0; Parent=${SPAN}; Root=1-0af76519-16cd43dd8448eb211c80319c` }, [
      TRACE,
      SPAN,
      false,
    ]],
    [{ "X-Amzn-Trace-Id": `Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=${SPAN};Sampled=?` }, [
      TRACE,
      SPAN,
      null,
    ]],
    [{ "X-Amzn-Trace-Id": `Self=1-1-1;Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=${SPAN}` }, [
      TRACE,
      SPAN,
      null,
    ]],
    [{ "X-Amzn-Trace-Id": "Root=1-0af76519-16cd43dd8448eb211c80319c" }, null],
    [{ "X-Amzn-Trace-Id": `Root=2-0af76519-16cd43dd8448eb211c80319c;Parent=${SPAN};Sampled=1` }, null],
    [{ "X-Amzn-Trace-Id": `Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=${SPAN};Sampled=2` }, null],
    [{ "X-Amzn-Trace-Id": "nonsense" }, null],
  ],
};

for (const [name, rows] of Object.entries(EXTRACTED)) {
  const propagators = new Propagators([name as PropagatorName]);
  for (const [headers, found] of rows) {
    Deno.test(`extract() ${name}: ${JSON.stringify(headers)} is ${found === null ? "nothing" : "a parent"}`, () => {
      const parent = propagators.extract(new Headers({ ...headers }));
      assertEquals(parent && [parent.traceId, parent.spanId, parent.sampled], found && [...found]);
    });
  }

  Deno.test(`inject() ${name}: what goes out is read again`, () => {
    for (const sampled of [true, false]) {
      const context = { traceId: TRACE, spanId: SPAN, sampled, random: false, traceState: "" };
      const pairs = propagators.inject(context);
      const headers = new Headers();
      for (let i = 0; i < pairs.length; i += 2) headers.append(pairs[i] ?? "", pairs[i + 1] ?? "");
      const { traceState: _, random: __, ...rest } = context;
      const read = propagators.extract(headers);
      assertEquals({ traceId: read?.traceId, spanId: read?.spanId, sampled: read?.sampled }, rest);
    }
  });
}

Deno.test("Propagators read in order: the last valid one counts, and a bad one takes nothing away", () => {
  const propagators = new Propagators(["tracecontext", "b3"]);
  const other = "1".repeat(32);
  const both = new Headers({ traceparent: `00-${TRACE}-${SPAN}-01`, b3: `${other}-${SPAN}-0` });
  assertEquals(propagators.extract(both)?.traceId, other);
  both.set("b3", "nonsense");
  assertEquals(propagators.extract(both)?.traceId, TRACE);
});

Deno.test("Propagators write every format, and baggage is none of them", () => {
  const propagators = new Propagators(["tracecontext", "baggage", "b3multi", "jaeger", "xray"]);
  assertEquals(propagators.baggage, true);
  const context = { traceId: TRACE, spanId: SPAN, sampled: true, random: false, traceState: "a=1" };
  assertEquals(propagators.inject(context), [
    ...["traceparent", `00-${TRACE}-${SPAN}-01`, "tracestate", "a=1"],
    ...["x-b3-traceid", TRACE, "x-b3-spanid", SPAN, "x-b3-sampled", "1"],
    ...["uber-trace-id", `${TRACE}:${SPAN}:0:1`],
    ...["x-amzn-trace-id", `Root=1-${TRACE.slice(0, 8)}-${TRACE.slice(8)};Parent=${SPAN};Sampled=1`],
  ]);
  assertEquals(new Propagators([]).inject(context), []);
});
