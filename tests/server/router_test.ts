import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { GatewayError } from "../../lib/errors.ts";
import { type Route, Router } from "../../lib/server/router.ts";
import type { Endpoint, PathParams } from "../../lib/telemetry/exchange.ts";
import { arrived } from "../middleware/arrived.ts";

function named(name: string): Endpoint {
  return (_exchange, params) => Promise.resolve(new Response(JSON.stringify([name, params])));
}

const ROUTES: readonly Route[] = [
  { method: "POST", path: "/v1/chat/completions", handler: named("chat"), dialect: "openai" },
  { method: "POST", path: "/v1/messages", handler: named("messages"), dialect: "anthropic" },
  { method: "GET", path: "/v1/models", handler: named("models") },
  { method: "GET", path: "/v1/models/{id+}", handler: named("model") },
  { method: "POST", path: "/v1/responses", handler: named("create"), dialect: "openai" },
  { method: "GET", path: "/v1/responses/{id}", handler: named("get"), dialect: "openai" },
  { method: "DELETE", path: "/v1/responses/{id}", handler: named("delete"), dialect: "openai" },
  { method: "GET", path: "/v1/responses/{id}/input_items", handler: named("items"), dialect: "openai" },
  { method: "GET", path: "/v1/responses/latest", handler: named("latest") },
  { method: "GET", path: "/health", handler: named("health"), background: true, public: true },
];
const router = new Router(ROUTES);

async function answer(method: string, path: string): Promise<[string, PathParams]> {
  const match = router.match(method, path);
  const response = await match.endpoint(arrived(), match.params);
  return await response.json();
}

Deno.test("Router.match() finds routes with and without /v1, with their variable parts", async () => {
  const table: [string, string, string, string, PathParams][] = [
    ["POST", "/v1/chat/completions", "/v1/chat/completions", "chat", {}],
    ["POST", "/chat/completions", "/v1/chat/completions", "chat", {}],
    ["GET", "/v1/models", "/v1/models", "models", {}],
    ["HEAD", "/models", "/v1/models", "models", {}],
    ["GET", "/v1/models/gpt-4o", "/v1/models/{id}", "model", { id: "gpt-4o" }],
    ["GET", "/v1/models/org/name", "/v1/models/{id}", "model", { id: "org/name" }],
    ["GET", "/models/org/name", "/v1/models/{id}", "model", { id: "org/name" }],
    ["GET", "/v1/responses/resp_1", "/v1/responses/{id}", "get", { id: "resp_1" }],
    ["DELETE", "/responses/resp_1", "/v1/responses/{id}", "delete", { id: "resp_1" }],
    ["GET", "/v1/responses/resp_1/input_items", "/v1/responses/{id}/input_items", "items", { id: "resp_1" }],
    ["GET", "/v1/responses/latest", "/v1/responses/latest", "latest", {}],
    ["GET", "/v1/responses/latest/input_items", "/v1/responses/{id}/input_items", "items", { id: "latest" }],
    ["GET", "/health", "/health", "health", {}],
  ];
  for (const [method, path, template, name, params] of table) {
    assertEquals(router.match(method, path).route, template, path);
    assertEquals(await answer(method, path), [name, params], path);
  }
});

Deno.test("Router.match() tells dialect, background and public of a route", () => {
  assertEquals(router.match("POST", "/v1/messages").dialect, "anthropic");
  assertEquals(router.match("GET", "/v1/models").dialect, null);
  const { background, public: open } = router.match("GET", "/health");
  assertEquals([background, open], [true, true]);
  assertEquals(router.match("POST", "/v1/messages").public, false);
});

Deno.test("Router.match() refuses unknown paths, naming the nearest", async () => {
  const table: [string, string][] = [
    ["/v1/chat/completion", "Unknown path '/v1/chat/completion'. Did you mean '/v1/chat/completions'?"],
    ["/chat/completion", "Unknown path '/chat/completion'. Did you mean '/chat/completions'?"],
    ["/v1/response", "Unknown path '/v1/response'. Did you mean '/v1/responses'?"],
    ["/completely/different", "Unknown path '/completely/different'."],
    ["/v1/responses/a/b/c", "Unknown path '/v1/responses/a/b/c'."],
    [`/${"x".repeat(200)}`, `Unknown path '/${"x".repeat(99)}…'.`],
    ["/v1/responses/a/", "Unknown path '/v1/responses/a/'. Did you mean '/v1/responses'?"],
  ];
  for (const [path, message] of table) {
    const match = router.match("GET", path);
    assertEquals([match.route, match.dialect], ["other", null]);
    const error = await assertRejects(() => match.endpoint(arrived(), match.params), GatewayError, message);
    assertEquals(error.status, 404);
  }
});

Deno.test("Router.match() refuses other methods, naming those that are allowed", async () => {
  const table: [string, string, string[], string][] = [
    [
      "GET",
      "/v1/chat/completions",
      ["POST"],
      "Method GET is not allowed for '/v1/chat/completions': use POST.",
    ],
    ["POST", "/v1/models", ["GET", "HEAD"], "Method POST is not allowed for '/v1/models': use GET or HEAD."],
    ["OPTIONS", "/v1/messages", ["POST"], "Method OPTIONS is not allowed for '/v1/messages': use POST."],
    [
      "PATCH",
      "/v1/responses/resp_1",
      ["GET", "HEAD", "DELETE"],
      "Method PATCH is not allowed for '/v1/responses/resp_1': use GET or HEAD or DELETE.",
    ],
  ];
  for (const [method, path, allow, message] of table) {
    const match = router.match(method, path);
    const error = await assertRejects(() => match.endpoint(arrived(), match.params), GatewayError);
    assertEquals([error.status, error.allow, error.message], [405, allow, message]);
  }
  assertEquals(router.match("GET", "/v1/messages").dialect, "anthropic");
  assertEquals(router.match("GET", "/v1/messages").route, "/v1/messages");
});

Deno.test("Router names the prefixes under which slashes are part of a name", () => {
  assertEquals(router.prefixesOfNames, ["/v1/models/", "/models/"]);
});

Deno.test("Router lets a route of its own keep a path that another has without /v1", async () => {
  const both = new Router([
    { method: "GET", path: "/v1/models", handler: named("v1") },
    { method: "GET", path: "/models", handler: named("own") },
  ]);
  const match = both.match("GET", "/models");
  assertEquals(await (await match.endpoint(arrived(), match.params)).json(), ["own", {}]);
});

Deno.test("Router throws on two routes of one method and path", () => {
  const route = { method: "GET", path: "/x", handler: named("x") };
  assertThrows(() => new Router([route, route]), Error, 'Cannot add route "GET /x"');
});

Deno.test("Router.match() finds verbs behind names with slashes, and names those that there are", async () => {
  const verbs = new Router([
    { method: "POST", path: "/v1beta/models/{model+}:go", handler: named("go"), dialect: "google" },
    { method: "POST", path: "/v1beta/models/{model+}:letGo", handler: named("letGo"), dialect: "google" },
    { method: "GET", path: "/v1beta/models/{model+}", handler: named("get"), dialect: "google" },
  ]);
  const table: [string, string, string, PathParams][] = [
    ["POST", "/v1beta/models/m:go", "/v1beta/models/{model}:go", { model: "m" }],
    ["POST", "/v1beta/models/org/m:1:go", "/v1beta/models/{model}:go", { model: "org/m:1" }],
    ["POST", "/v1beta/models/m:letGo", "/v1beta/models/{model}:letGo", { model: "m" }],
    ["GET", "/v1beta/models/org/m", "/v1beta/models/{model}", { model: "org/m" }],
    ["GET", "/v1beta/models/:go", "/v1beta/models/{model}", { model: ":go" }],
  ];
  for (const [method, path, route, params] of table) {
    const match = verbs.match(method, path);
    assertEquals([match.route, match.params, match.dialect], [route, params, "google"], path);
  }
  const wrong: [string, string][] = [
    ["/v1beta/models/m:letgo", "Unknown verb ':letgo': did you mean ':letGo'?"],
    ["/v1beta/models/m:somethingElse", "Unknown verb ':somethingElse': use :letGo, :go."],
  ];
  for (const [path, message] of wrong) {
    const match = verbs.match("POST", path);
    assertEquals([match.route, match.dialect], ["/v1beta/models/{model}", "google"]);
    const error = await assertRejects(() => match.endpoint(arrived(), match.params), GatewayError);
    assertEquals([error.status, error.message], [404, message]);
  }
  const refused = verbs.match("POST", "/v1beta/models/m");
  const error = await assertRejects(() => refused.endpoint(arrived(), refused.params), GatewayError);
  assertEquals(error.status, 405);
  assertEquals(verbs.prefixesOfNames, ["/v1beta/models/", "/v1beta/models/", "/v1beta/models/"]);
});
