import { assertEquals, assertThrows } from "@std/assert";
import { KeyAttempts } from "../../../lib/endpoints/admin/key_attempts.ts";
import { GatewayError } from "../../../lib/errors.ts";
import { ManualClock } from "../../manual_clock.ts";
import { arrived } from "../../middleware/arrived.ts";

function from(address: string) {
  return Object.assign(arrived(), { clientAddress: address });
}

Deno.test("KeyAttempts asks an address to wait that has shown ten wrong keys in a minute, and no other", () => {
  const clock = new ManualClock();
  const attempts = new KeyAttempts(clock);
  for (let i = 0; i < 10; i++) {
    attempts.admit(from("192.0.2.1"));
    attempts.wrong(from("192.0.2.1"));
    clock.advance(1000);
  }
  const exchange = from("192.0.2.1");
  const error = assertThrows(() => attempts.admit(exchange), GatewayError);
  assertEquals([error.status, error.retryAfter, exchange.rateLimit], [429, 50, "operator_keys"]);
  attempts.admit(from("192.0.2.2"));
  clock.advance(50_000);
  attempts.admit(from("192.0.2.1"));
});

Deno.test("KeyAttempts takes a network of IPv6 addresses for one", () => {
  const attempts = new KeyAttempts(new ManualClock());
  for (let i = 0; i < 10; i++) attempts.wrong(from(`2001:db8:0:1::${i}`));
  assertThrows(() => attempts.admit(from("2001:db8:0:1:ffff::1")), GatewayError);
  attempts.admit(from("2001:db8:0:2::1"));
});

Deno.test("KeyAttempts remembers so many addresses and no more, and locks out nobody else for them", () => {
  const clock = new ManualClock();
  const attempts = new KeyAttempts(clock);
  const guess = (address: string) => {
    for (let i = 0; i < 10; i++) attempts.wrong(from(address));
  };
  guess("192.0.2.1");
  for (let i = 0; i < 9_999; i++) attempts.wrong(from(`10.0.${i >> 8}.${i & 255}`));
  assertThrows(() => attempts.admit(from("192.0.2.1")), GatewayError);
  attempts.wrong(from("192.0.2.2"));
  attempts.admit(from("192.0.2.1"));
  attempts.admit(from("192.0.2.3"));
});
