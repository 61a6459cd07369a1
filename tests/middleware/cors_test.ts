import { assertEquals } from "@std/assert";
import { cors } from "../../lib/middleware/cors.ts";
import { addedHeaders, arrived, ok } from "./arrived.ts";

const ORIGIN = "https://app.example";
const layer = cors({ allowed_origins: [ORIGIN], allowed_headers: [], max_age: 600_000 });

Deno.test("cors() answers a preflight itself", async () => {
  const preflight = {
    origin: ORIGIN,
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization, content-type",
  };
  const exchange = arrived(preflight, { method: "OPTIONS" });
  const response = await layer(exchange, () => Promise.reject(new Error("not to be asked")));
  assertEquals(response.status, 204);
  assertEquals(addedHeaders(exchange), {
    "access-control-allow-origin": ORIGIN,
    "vary": "origin",
    "access-control-allow-methods": "GET, HEAD, POST, DELETE",
    "access-control-allow-headers": "authorization, content-type",
    "access-control-max-age": "600",
  });
  const named = cors({ allowed_origins: ["*"], allowed_headers: ["authorization"], max_age: 1000 });
  const other = arrived(preflight, { method: "OPTIONS" });
  await named(other, ok);
  assertEquals(addedHeaders(other)["access-control-allow-headers"], "authorization");
});

Deno.test("cors() adds its headers to whatever is answered to an allowed origin", async () => {
  const exchange = arrived({ origin: ORIGIN });
  await layer(exchange, () => Promise.reject(new Error("refused"))).catch(() => {});
  assertEquals(addedHeaders(exchange)["access-control-allow-origin"], ORIGIN);
  const any = arrived({ origin: "https://other.example" });
  await cors({ allowed_origins: ["*"], allowed_headers: [], max_age: 0 })(any, ok);
  assertEquals(addedHeaders(any)["access-control-allow-origin"], "*");
  assertEquals(addedHeaders(any)["vary"], undefined);
});

Deno.test("cors() leaves requests of no origin and of strangers as they are", async () => {
  const headersOfStrangers: Record<string, string>[] = [
    {},
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: `${ORIGIN}.evil.example`, "access-control-request-method": "POST" },
  ];
  for (const headers of headersOfStrangers) {
    const exchange = arrived(headers, { method: "OPTIONS" });
    assertEquals((await layer(exchange, ok)).status, 200);
    assertEquals(addedHeaders(exchange), {});
  }
});
