import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { canonicalPath } from "../../lib/server/canonical_path.ts";

const NAMES = ["/v1/models/"];

Deno.test("canonicalPath() has one form for a path, or none", () => {
  const table: [string, string | null][] = [
    ["/", "/"],
    ["/v1/chat/completions", "/v1/chat/completions"],
    ["/v1/chat/completions/", "/v1/chat/completions"],
    ["/v1/models/gpt-4.1", "/v1/models/gpt-4.1"],
    ["/v1/models/ft:gpt-4o:org::id", "/v1/models/ft:gpt-4o:org::id"],
    ["/%761/models", "/v1/models"],
    ["/v1/models/a%20b", "/v1/models/a b"],
    ["/v1/models/%C3%A9", "/v1/models/é"],
    ["/.well-known/x", "/.well-known/x"],
    ["/v1/..a", "/v1/..a"],
    // Decoded once, and no more.
    ["/v1/%252e%252e", "/v1/%2e%2e"],
    ["", null],
    ["*", null],
    ["v1", null],
    ["//", null],
    ["/v1//models", null],
    ["/v1/models//", null],
    ["//evil.example/v1", null],
    ["/v1/./models", null],
    ["/v1/../models", null],
    ["/v1/..", null],
    ["/v1/%2e%2e/models", null],
    ["/v1/.%2E/models", null],
    ["/v1/%2e", null],
    ["/v1\\models", null],
    ["/v1%5cmodels", null],
    ["/v1/%00", null],
    ["/v1/%0a", null],
    ["/v1/%7f", null],
    ["/v1/a b", null],
    ["/v1/é", null],
    ["/v1/models#x", null],
    ["/v1/%", null],
    ["/v1/%zz", null],
    ["/v1/%ff", null],
    ["/v1/%c0%af", null],
    ["/v1%2fmodels", null],
    ["/v1/responses/a%2Fb", null],
    ["/v1/models%2fx", null],
    ["/v1/models/%2fx", null],
    // A model's name may hold a slash, and then it is one however it is written.
    ["/v1/models/org%2Fname", "/v1/models/org/name"],
    ["/v1/models/org/name", "/v1/models/org/name"],
    ["/v1/models/..%2f..%2fadmin", null],
    ["/v1/models/x%2f%2e%2e%2fadmin", null],
    [`/${"a".repeat(8191)}`, `/${"a".repeat(8191)}`],
    [`/${"a".repeat(8192)}`, null],
  ];
  for (const [path, canonical] of table) assertEquals(canonicalPath(path, NAMES), canonical, path);
});

Deno.test("canonicalPath() never lets through what could be read in two ways", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "/",
      "//",
      ".",
      "..",
      "%2e",
      "%2F",
      "%5C",
      "\\",
      "%00",
      "%",
      "%25",
      "?",
      "#",
      "a",
      "models",
      " ",
    ),
    fc.string({ maxLength: 3 }),
  );
  fc.assert(fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
    const canonical = canonicalPath(`/${pieces.join("")}`, NAMES);
    if (canonical === null) return;
    assert(canonical.startsWith("/"));
    assert(!canonical.includes("//") && !canonical.includes("\\") && !canonical.includes("\0"));
    assert(canonical === "/" || !canonical.endsWith("/"));
    assert(!canonical.split("/").some((segment) => segment === "." || segment === ".."));
  }));
});
