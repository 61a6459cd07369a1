import { assertEquals, assertRejects } from "@std/assert";
import { GatewayError } from "../../lib/errors.ts";
import { ApiKeys } from "../../lib/middleware/api_keys.ts";
import { keyDigest } from "../../lib/stores/virtual_key.ts";
import { Limiters } from "../../lib/middleware/limiters.ts";
import { keyLimit, rateLimit } from "../../lib/middleware/rate_limit.ts";
import type { Middleware } from "../../lib/middleware/middleware.ts";
import type { Exchange } from "../../lib/telemetry/exchange.ts";
import { ManualClock } from "../manual_clock.ts";
import { addedHeaders, arrived, ok } from "./arrived.ts";

const KEYS = new ApiKeys([
  { name: "plain", sha256: keyDigest("sk-plain") },
  { name: "special", sha256: keyDigest("sk-special"), limit: { requests: 2, per: 1000 } },
]);
const ADDRESS = { requests: 1, per: 60_000 };
const KEY = { requests: 3, per: 3000 };

function bearer(key: string, address = "192.0.2.1"): Exchange {
  const exchange = arrived({ authorization: `Bearer ${key}` });
  exchange.clientAddress = address;
  return exchange;
}

function anonymous(address: string): Exchange {
  const exchange = arrived();
  exchange.clientAddress = address;
  return exchange;
}

/** How many requests pass before one is refused, at most ten. */
async function passed(layer: Middleware, request: () => Exchange): Promise<number> {
  for (let count = 0; count < 10; count++) {
    try {
      await layer(request(), ok);
    } catch {
      return count;
    }
  }
  return 10;
}

Deno.test("rateLimit() counts addresses without a known key together, keys by themselves", async () => {
  const layer = rateLimit({
    limiters: new Limiters(new ManualClock()),
    perAddress: ADDRESS,
    perKey: KEY,
    keys: KEYS,
  });
  assertEquals(await passed(layer, () => bearer("sk-plain")), 3);
  assertEquals(await passed(layer, () => anonymous("192.0.2.1")), 1);
  // Guessing keys gets nobody a new bucket.
  let guess = 0;
  assertEquals(await passed(layer, () => bearer(`sk-guess-${guess++}`)), 0);
  assertEquals(await passed(layer, () => anonymous("192.0.2.2")), 1);
  // Keys with a limit of their own wait for that one.
  assertEquals(await passed(layer, () => bearer("sk-special")), 10);
});

Deno.test("rateLimit() gives a known key a bucket of its own where only addresses are limited", async () => {
  const layer = rateLimit({
    limiters: new Limiters(new ManualClock()),
    perAddress: ADDRESS,
    perKey: null,
    keys: KEYS,
  });
  assertEquals(await passed(layer, () => anonymous("192.0.2.1")), 1);
  assertEquals(await passed(layer, () => bearer("sk-plain")), 1);
});

Deno.test("rateLimit() leaves addresses alone where only keys are limited", async () => {
  const layer = rateLimit({
    limiters: new Limiters(new ManualClock()),
    perAddress: null,
    perKey: KEY,
    keys: KEYS,
  });
  assertEquals(await passed(layer, () => anonymous("192.0.2.1")), 10);
  assertEquals(await passed(layer, () => bearer("sk-plain")), 3);
});

Deno.test("rateLimit() takes an IPv6 network of 64 bits for one address", async () => {
  const layer = rateLimit({
    limiters: new Limiters(new ManualClock()),
    perAddress: ADDRESS,
    perKey: null,
    keys: null,
  });
  assertEquals(await passed(layer, () => anonymous("2001:db8:0:1::1")), 1);
  assertEquals(await passed(layer, () => anonymous("2001:db8:0:1:ffff::2")), 0);
  assertEquals(await passed(layer, () => anonymous("2001:db8::1:0:0:0:3")), 0);
  assertEquals(await passed(layer, () => anonymous("2001:db8:0:2::1")), 1);
  assertEquals(await passed(layer, () => anonymous("::1")), 1);
});

Deno.test("rateLimit() leaves health and metrics alone", async () => {
  const layer = rateLimit({
    limiters: new Limiters(new ManualClock()),
    perAddress: ADDRESS,
    perKey: null,
    keys: null,
  });
  const probe = () => Object.assign(anonymous("192.0.2.1"), { background: true });
  assertEquals(await passed(layer, probe), 10);
});

Deno.test("rateLimit() says in headers what is left, and when it refuses until when", async () => {
  const clock = new ManualClock();
  const layer = rateLimit({
    limiters: new Limiters(clock),
    perAddress: { requests: 2, per: 120_000 },
    perKey: null,
    keys: null,
  });
  const first = anonymous("192.0.2.1");
  await layer(first, ok);
  assertEquals(addedHeaders(first), {
    "x-ratelimit-limit-requests": "2",
    "x-ratelimit-remaining-requests": "1",
    "x-ratelimit-reset-requests": "1m0s",
    "ratelimit-policy": '"address";q=2;w=120',
    "ratelimit": '"address";r=1;t=60',
  });
  await layer(anonymous("192.0.2.1"), ok);
  clock.advance(500);
  const refused = anonymous("192.0.2.1");
  const error = await assertRejects(() => layer(refused, ok), GatewayError);
  assertEquals([error.code, error.status, error.retryAfter], ["rate_limit_exceeded", 429, 60]);
  assertEquals(
    error.message,
    "Rate limit reached for this address: 2 requests per 2m0s. Please try again in 1m0s.",
  );
  assertEquals(refused.rateLimit, "address");
  assertEquals(addedHeaders(refused)["x-ratelimit-remaining-requests"], "0");
});

Deno.test("keyLimit() holds keys to limits of their own", async () => {
  const layer = keyLimit({ limiters: new Limiters(new ManualClock()), keys: KEYS });
  assertEquals(await passed(layer, () => bearer("sk-special")), 2);
  assertEquals(await passed(layer, () => bearer("sk-plain")), 10);
  const refused = bearer("sk-special");
  await assertRejects(() => layer(refused, ok), GatewayError);
  assertEquals(refused.rateLimit, "key");
});
