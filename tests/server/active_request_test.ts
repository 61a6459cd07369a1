import { assertEquals } from "@std/assert";
import { ActiveRequest } from "../../lib/server/engines/active_request.ts";

Deno.test("ActiveRequest is listened to once two sweeps have met it, and not while its body is waited for", () => {
  const client = new AbortController();
  const request = new Request("http://localhost/", { signal: client.signal });
  const active = new ActiveRequest(request, "192.0.2.1", null);
  let left = 0;
  active.onGone = () => left++;
  active.sending = true;
  for (let i = 0; i < 10; i++) active.swept();
  client.abort();
  // Whoever waits for the body hears of it.
  assertEquals([active.gone, left], [false, 0]);
  active.sending = false;
  active.swept();
  assertEquals([active.gone, left], [false, 0]);
  active.swept();
  assertEquals([active.gone, left], [true, 1]);
});
