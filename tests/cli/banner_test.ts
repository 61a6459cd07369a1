import { assertEquals } from "@std/assert";
import { localUrl } from "../../lib/cli/address.ts";
import { banner } from "../../lib/cli/banner.ts";
import { loadText } from "../config/load_text.ts";

Deno.test("banner() says where, what, what not and how to begin", () => {
  const { config } = loadText(`
providers:
  mock: { type: mock }
  openai: { type: openai, api_key: "\${OPENAI_API_KEY}" }
models: { free: mock/x, paid: openai/y, dear: openai/z }
observability: { tracing: { sampler: { rate: 0.1 }, exporter: { endpoint: "localhost:4317", insecure: true } } }
`);
  assertEquals(banner(config, "1.2.3", "http://127.0.0.1:8080", "config.yaml"), [
    "",
    "llm-gateway 1.2.3 serves http://127.0.0.1:8080",
    "",
    "  config       config.yaml",
    "  models       free",
    "  unavailable  paid, dear (set OPENAI_API_KEY)",
    "  metrics      http://127.0.0.1:8080/metrics",
    "  traces       http://localhost:4317 (otlp grpc) (parentbased_traceidratio 0.1)",
    "  stored       conversations in memory, for 1d (conversations.path keeps them on disk)",
    "",
    `  curl http://127.0.0.1:8080/v1/responses -d '{"model":"free","input":"Hello, world!"}'`,
    "",
  ]);
});

Deno.test("banner() is short however many models want a key", () => {
  const names = ["a", "b", "c", "d", "e"];
  const providers = names.map((name) =>
    `  ${name}: { type: groq, api_key: "\${KEY_${name.toUpperCase()}}" }`
  );
  const models = names.map((name) => `  m${name}: ${name}/x`);
  const { config } = loadText(`providers:\n${providers.join("\n")}\nmodels:\n${models.join("\n")}\n`);
  const lines = banner(config, "1", "http://x", "c").filter((line) => line.includes("unavailable"));
  assertEquals(lines, ["  unavailable  5 models, for want of keys (gateway check-config names them)"]);
});

Deno.test("banner() shows no key, but that one is needed", () => {
  const { config } = loadText(`
providers: { mock: { type: mock } }
models: { free: mock/x }
auth: { keys: [{ name: a, key: planted }] }
`);
  const text = banner(config, "1", "http://x", "c").join("\n");
  assertEquals(text.includes(`-H "authorization: Bearer $KEY"`), true);
  assertEquals(text.includes("planted"), false);
});

const URLS: readonly (readonly [host: string, url: string])[] = [
  ["0.0.0.0", "http://127.0.0.1:80"],
  ["::", "http://[::1]:80"],
  ["::1", "http://[::1]:80"],
  ["[::1]", "http://[::1]:80"],
  ["10.0.0.1", "http://10.0.0.1:80"],
  ["localhost", "http://localhost:80"],
];

for (const [host, url] of URLS) {
  Deno.test(`localUrl() reaches what listens on ${host} at ${url}`, () =>
    assertEquals(localUrl(host, 80), url));
}
