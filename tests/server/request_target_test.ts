import { assertEquals, assertThrows } from "@std/assert";
import { GatewayError } from "../../lib/errors.ts";
import { TargetReader } from "../../lib/server/request_target.ts";

/** A request as the platform hands it over: the URL is whatever was put together, never parsed. */
function raw(url: string, host: string | null, method = "GET"): Request {
  const headers = new Headers(host === null ? {} : { host });
  return { method, url, headers } as Request;
}

Deno.test("TargetReader.read() takes a target apart", () => {
  const table: [string, string | null, { authority: string; path: string; query: string }][] = [
    ["http://localhost:8080/v1/models", "localhost:8080", {
      authority: "localhost:8080",
      path: "/v1/models",
      query: "",
    }],
    ["http://a/", "a", { authority: "a", path: "/", query: "" }],
    ["http://a/x?beta=true&y=/z?", "a", { authority: "a", path: "/x", query: "?beta=true&y=/z?" }],
    ["http://[::1]:80/x", "[::1]:80", { authority: "[::1]:80", path: "/x", query: "" }],
    ["https://a/x", "a", { authority: "a", path: "/x", query: "" }],
    // HTTP/2 and HTTP/1.0: no Host, the platform's authority counts.
    ["http://127.0.0.1:8080/x", null, { authority: "127.0.0.1:8080", path: "/x", query: "" }],
  ];
  for (const [url, host, target] of table) assertEquals(new TargetReader().read(raw(url, host)), target, url);
});

Deno.test("TargetReader.read() refuses hosts that would move the path, and those that are malformed", () => {
  const hosts = [
    "a/admin?",
    "a/admin#",
    "a?",
    "a#",
    "a\\b",
    "u@a",
    "a b",
    "",
    "a, b",
    "a:b",
    "a:123456",
    "[::1",
    "a/",
    "é",
  ];
  for (const host of hosts) {
    const error = assertThrows(
      () => new TargetReader().read(raw(`http://${host}/v1/models`, host)),
      GatewayError,
    );
    assertEquals(error.code, "invalid_host", host);
  }
  const error = assertThrows(() => new TargetReader().read(raw("http://u@a/x", null)), GatewayError);
  assertEquals(error.code, "invalid_host");
});

Deno.test("TargetReader.read() refuses absolute forms of another host, CONNECT and targets without a path", () => {
  const table: [Request, string][] = [
    [raw("http://evil.example/admin", "a"), "invalid_host"],
    [raw("http://a.evil.example/admin", "a"), "invalid_request"],
    [raw("http://a:80", "a:80", "CONNECT"), "invalid_request"],
    [raw("http://a*", "a", "OPTIONS"), "invalid_request"],
    [raw("http://a", "a"), "invalid_request"],
  ];
  for (const [request, code] of table) {
    const error = assertThrows(() => new TargetReader().read(request), GatewayError);
    assertEquals(error.code, code, request.url);
  }
});

Deno.test("TargetReader.read() lets only allowed hosts in where some are named", () => {
  const reader = new TargetReader(["api.example", "localhost"]);
  for (const host of ["api.example", "API.example:443", "localhost:8080"]) {
    reader.read(raw(`http://${host}/`, host));
  }
  for (const host of ["evil.example", "api.example.evil"]) {
    const error = assertThrows(() => reader.read(raw(`http://${host}/`, host)), GatewayError);
    assertEquals(error.code, "invalid_host", host);
  }
});
