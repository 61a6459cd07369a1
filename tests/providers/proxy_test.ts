import { assertEquals, assertThrows } from "@std/assert";
import { bypassesProxy, proxyFor } from "../../lib/providers/proxy.ts";

const BYPASS: [origin: string, noProxy: string, bypassed: boolean][] = [
  ["https://api.example.com", "", false],
  ["https://api.example.com", "*", true],
  ["https://api.example.com", "api.example.com", true],
  ["https://api.example.com", "API.Example.COM", true],
  ["https://api.example.com", "example.com", true],
  ["https://api.example.com", ".example.com", true],
  ["https://api.example.com", "*.example.com", true],
  ["https://example.com", ".example.com", true],
  ["https://notexample.com", "example.com", false],
  ["https://example.com.evil.test", "example.com", false],
  ["https://api.example.com", "a.test, api.example.com", true],
  ["https://api.example.com", "a.test api.example.com", true],
  ["https://api.example.com", "api.example.com:443", true],
  ["https://api.example.com", "api.example.com:8443", false],
  ["https://api.example.com:8443", "api.example.com:8443", true],
  ["http://api.example.com", "api.example.com:80", true],
  ["http://localhost:11434", "localhost", true],
  ["http://10.1.2.3:8000", "10.1.2.3", true],
  ["http://10.1.2.3:8000", "10.1.2.3:8000", true],
  ["http://10.1.2.3:8000", "10.0.0.0/8", true],
  ["http://11.1.2.3:8000", "10.0.0.0/8", false],
  ["http://11.1.2.3:8000", "0.0.0.0/0", true],
  ["http://1.10.1.2:8000", "10.1.2", false],
  ["http://9.10.1.2:8000", "10.1.2", false],
  ["http://host.test", "10.0.0.0/8", false],
  ["http://[::1]:8000", "::1", true],
  ["http://[::1]:8000", "[::1]", true],
  ["http://[::1]:8000", "[::1]:8000", true],
  ["http://[::1]:8000", "[::1]:9000", false],
  ["http://[fd00::5]:8000", "fd00::/8", true],
  ["http://[fe80::5]:8000", "fd00::/8", false],
  ["http://10.1.2.3", "10.0.0.0/99", false],
  ["http://10.1.2.3", "10.0.0.0/", false],
  ["http://10.1.2.3", "/8", false],
];

for (const [origin, noProxy, bypassed] of BYPASS) {
  Deno.test(`bypassesProxy() is ${bypassed} for ${origin} when NO_PROXY is "${noProxy}"`, () => {
    assertEquals(bypassesProxy(new URL(origin), noProxy), bypassed);
  });
}

const ENVIRONMENT = { httpsProxy: "http://secure:1", httpProxy: "plain:2", noProxy: "direct.test" };

const CHOICE: [origin: string, own: string | null, proxy: string | null][] = [
  ["https://a.test", null, "http://secure:1/"],
  ["http://a.test", null, "http://plain:2/"],
  ["https://direct.test", null, null],
  ["https://a.test", "none", null],
  ["https://a.test", "", "http://secure:1/"],
  ["https://direct.test", "http://own:3", "http://own:3/"],
];

for (const [origin, own, proxy] of CHOICE) {
  Deno.test(`proxyFor() is ${proxy} for ${origin} when the provider says ${own}`, () => {
    assertEquals(proxyFor(new URL(origin), ENVIRONMENT, own)?.href ?? null, proxy);
  });
}

Deno.test("proxyFor() is null when the environment names none", () => {
  assertEquals(proxyFor(new URL("https://a.test"), {}, null), null);
  assertEquals(proxyFor(new URL("https://a.test"), { httpsProxy: "", httpProxy: "http://x" }, null), null);
});

Deno.test("proxyFor() quotes no password when the value is not a URL", () => {
  const error = assertThrows(
    () => proxyFor(new URL("https://a.test"), {}, "http://user:hunter2@:bad:"),
    TypeError,
  );
  assertEquals(error.message.includes("hunter2"), false);
});
