import { assertEquals, assertThrows } from "@std/assert";
import { TrustedProxies } from "../../lib/server/client_address.ts";

const proxies = new TrustedProxies(["10.0.0.0/8", "fd00::/8"]);
const PEER = "10.0.0.1";

Deno.test("TrustedProxies.trusts() knows the configured networks alone", () => {
  assertEquals(proxies.trusts("10.1.2.3"), true);
  assertEquals(proxies.trusts("fd00::7"), true);
  assertEquals(proxies.trusts("192.0.2.1"), false);
  assertEquals(proxies.trusts("unix"), false);
});

Deno.test("TrustedProxies.clientAddress() believes proxies, and nobody beyond the first stranger", () => {
  const table: [string, Record<string, string>, string][] = [
    ["no header", {}, PEER],
    ["one hop", { "x-forwarded-for": "192.0.2.1" }, "192.0.2.1"],
    ["forged by the client", { "x-forwarded-for": "127.0.0.1, 192.0.2.1" }, "192.0.2.1"],
    ["two trusted hops", { "x-forwarded-for": "192.0.2.1, 10.0.0.2" }, "192.0.2.1"],
    ["trusted all the way", { "x-forwarded-for": "10.0.0.3, 10.0.0.2" }, "10.0.0.3"],
    ["nonsense in the middle", { "x-forwarded-for": "192.0.2.1, unknown, 10.0.0.2" }, "10.0.0.2"],
    ["nonsense alone", { "x-forwarded-for": "<script>" }, PEER],
    ["a port", { "x-forwarded-for": "192.0.2.1:5000" }, "192.0.2.1"],
    ["IPv6", { "x-forwarded-for": "2001:db8::1" }, "2001:db8::1"],
    ["IPv6 with a port", { "x-forwarded-for": "[2001:db8::1]:5000" }, "2001:db8::1"],
    ["IPv4 in IPv6", { "x-forwarded-for": "::ffff:192.0.2.1" }, "192.0.2.1"],
    ["Forwarded", { forwarded: "for=192.0.2.1;proto=https;by=10.0.0.1" }, "192.0.2.1"],
    ["Forwarded, quoted", { forwarded: 'proto=https; For="[2001:db8::1]:80"' }, "2001:db8::1"],
    ["Forwarded, two hops", { forwarded: "for=192.0.2.9, for=192.0.2.1, for=10.0.0.2" }, "192.0.2.1"],
    ["Forwarded, hidden", { forwarded: "for=_hidden" }, PEER],
    ["both", { forwarded: "for=127.0.0.1", "x-forwarded-for": "192.0.2.1" }, "192.0.2.1"],
  ];
  for (const [name, headers, client] of table) {
    assertEquals(proxies.clientAddress(PEER, new Headers(headers)), client, name);
  }
});

Deno.test("TrustedProxies.scheme() is what the nearest proxy says", () => {
  assertEquals(proxies.scheme(new Headers({ "x-forwarded-proto": "https" })), "https");
  assertEquals(proxies.scheme(new Headers({ "x-forwarded-proto": "http, HTTPS" })), "https");
  assertEquals(proxies.scheme(new Headers({ "x-forwarded-proto": "gopher" })), null);
  assertEquals(proxies.scheme(new Headers()), null);
});

Deno.test("TrustedProxies forgets what it remembers of peers before that grows", () => {
  const many = new TrustedProxies(["10.0.0.0/8"]);
  for (let i = 0; i < 3000; i++) many.trusts(`192.0.${i >> 8}.${i & 255}`);
  assertEquals(many.trusts("10.0.0.1"), true);
  assertEquals(many.trusts("192.0.0.1"), false);
});

Deno.test("TrustedProxies throws on what is no network", () => {
  assertThrows(() => new TrustedProxies(["10.0.0.0/99"]), TypeError);
});
