import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { tracing } from "../../lib/middleware/tracing.ts";
import { Propagators } from "../../lib/telemetry/propagation/propagators.ts";
import { createSampler } from "../../lib/telemetry/sampling/sampler.ts";
import { arrived, ok } from "./arrived.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = "00f067aa0ba902b7";
const sampler = createSampler({ type: "parentbased_always_on" });
const propagators = new Propagators(["tracecontext", "baggage"]);
const layer = tracing({ sampler, rules: false, headers: [], propagators, trusts: () => true });

Deno.test("tracing() begins a trace where the caller has none", async () => {
  const exchange = arrived();
  await layer(exchange, ok);
  assertEquals([exchange.traced, exchange.sampled, exchange.parentSpanId], [true, true, ""]);
  assertMatch(exchange.traceId, /^[0-9a-f]{32}$/);
  assertMatch(exchange.spanId, /^[0-9a-f]{16}$/);
});

Deno.test("tracing() has what is told of a trace ready where it begins here", async () => {
  const unkept = createSampler({ type: "parentbased_always_off" });
  const begin = async (sampler: typeof unkept, headers: Record<string, string> = {}) => {
    const exchange = arrived(headers);
    await tracing({ sampler, rules: false, headers: [], propagators, trusts: () => true })(exchange, ok);
    return exchange;
  };
  for (const [decision, flags] of [[sampler, "01"], [unkept, "00"]] as const) {
    const { traceId, spanId, ownTraceparent, calleesTraceparent } = await begin(decision);
    assertEquals(ownTraceparent, `00-${traceId}-${spanId}-${flags}`);
    assertMatch(calleesTraceparent, new RegExp(`^00-${traceId}-[0-9a-f]{16}-${flags}$`));
    assertNotEquals(calleesTraceparent, ownTraceparent);
  }
  const joined = await begin(unkept, { traceparent: `00-${TRACE}-${PARENT}-00` });
  assertEquals([joined.ownTraceparent, joined.calleesTraceparent], ["", ""]);
});

Deno.test("tracing() joins the caller's trace and keeps its decision", async () => {
  for (const [flags, sampled] of [["01", true], ["00", false]] as const) {
    const exchange = arrived({ traceparent: `00-${TRACE}-${PARENT}-${flags}`, tracestate: "vendor=1" });
    await layer(exchange, ok);
    assertEquals([exchange.traceId, exchange.parentSpanId], [TRACE, PARENT]);
    assertEquals([exchange.sampled, exchange.traceState], [sampled, "vendor=1"]);
    assertNotEquals(exchange.spanId, PARENT);
  }
});

Deno.test("tracing() keeps the caller's word that its trace id is random", async () => {
  for (const [flags, random] of [["03", true], ["01", false]] as const) {
    const exchange = arrived({ traceparent: `00-${TRACE}-${PARENT}-${flags}` });
    await layer(exchange, ok);
    assertEquals(exchange.traceRandom, random);
  }
});

Deno.test("tracing() begins a new trace where the caller's is malformed or not to be read", async () => {
  const malformed = arrived({ traceparent: `00-${TRACE}-0000000000000000-01`, tracestate: "vendor=1" });
  await layer(malformed, ok);
  const unread = arrived({ traceparent: `00-${TRACE}-${PARENT}-01` });
  await tracing({
    sampler,
    rules: false,
    headers: [],
    propagators: new Propagators([]),
    trusts: () => true,
  })(
    unread,
    ok,
  );
  for (const exchange of [malformed, unread]) {
    assertNotEquals(exchange.traceId, TRACE);
    assertEquals([exchange.parentSpanId, exchange.traceState], ["", ""]);
  }
});

Deno.test("tracing() never traces health and metrics", async () => {
  const exchange = arrived({ traceparent: `00-${TRACE}-${PARENT}-01` });
  exchange.background = true;
  await layer(exchange, ok);
  assertEquals([exchange.traced, exchange.sampled, exchange.traceId], [false, false, ""]);
});

Deno.test("tracing() takes nothing of a caller that is not trusted", async () => {
  const trusting = tracing({
    sampler,
    rules: false,
    headers: [],
    propagators,
    trusts: (it) => it.request?.headers.has("x-api-key") === true,
  });
  const given = { traceparent: `00-${TRACE}-${PARENT}-00`, tracestate: "vendor=1", baggage: "a=1" };
  const stranger = arrived(given);
  await trusting(stranger, ok);
  assertNotEquals(stranger.traceId, TRACE);
  assertEquals([stranger.parentSpanId, stranger.traceState, stranger.baggage], ["", "", ""]);
  assertEquals([stranger.sampled, stranger.unsampledParent], [true, false]);
  const friend = arrived({ ...given, "x-api-key": "k" });
  await trusting(friend, ok);
  assertEquals([friend.traceId, friend.sampled, friend.unsampledParent], [TRACE, false, true]);
  assertEquals(friend.baggage, "a=1");
});

Deno.test("tracing() keeps a caller's baggage, without what is malformed, where that is a propagator", async () => {
  const exchange = arrived({ baggage: "tenant=7, not baggage, user=a%20b;ttl=5" });
  await layer(exchange, ok);
  assertEquals(exchange.baggage, "tenant=7,user=a%20b;ttl=5");
  const without = arrived({ baggage: "tenant=7" });
  await tracing({
    sampler,
    rules: false,
    headers: [],
    propagators: new Propagators(["tracecontext"]),
    trusts: () => true,
  })(without, ok);
  assertEquals(without.baggage, "");
});

Deno.test("tracing() says for which requests details of a trace are worth collecting", async () => {
  const never = createSampler({ type: "traceidratio", rate: 0 });
  const rows = [[sampler, false, "01", true], [never, false, "01", false], [never, true, "01", true], [
    never,
    true,
    "00",
    false,
  ]] as const;
  for (const [of, rules, flags, detailed] of rows) {
    const exchange = arrived({ traceparent: `00-${TRACE}-${PARENT}-${flags}` });
    await tracing({ sampler: of, rules, headers: [], propagators, trusts: () => true })(exchange, ok);
    assertEquals(exchange.detailed, detailed);
  }
});

Deno.test("tracing() keeps the headers that are configured as attributes, as far as they are there", async () => {
  const headers = [["tenant.id", "x-tenant"], ["region", "x-region"]] as const;
  const exchange = arrived({ "x-tenant": "t".repeat(600) });
  await tracing({ sampler, rules: false, headers, propagators, trusts: () => true })(
    exchange,
    ok,
  );
  assertEquals(exchange.headerAttributes, ["tenant.id", "t".repeat(512)]);
});
