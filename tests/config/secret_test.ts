import { assertEquals, assertThrows } from "@std/assert";
import { inspect } from "node:util";
import { loadConfig } from "../../lib/config/load.ts";
import { ConfigError } from "../../lib/config/problem.ts";
import { Secret } from "../../lib/config/secret.ts";
import { loadText } from "./load_text.ts";

Deno.test("Secret prints *** whatever prints it, and gives its value to reveal() alone", () => {
  const secret = new Secret("planted");
  const printed = [
    `${secret}`,
    String(secret),
    JSON.stringify({ secret }),
    Deno.inspect({ secret }),
    inspect({ secret }),
    Deno.inspect(secret, { showHidden: true }),
    JSON.stringify(Object.entries(secret)),
  ];
  for (const text of printed) assertEquals(text.includes("planted"), false, text);
  assertEquals(secret.reveal(), "planted");
  assertEquals([secret.empty, new Secret("").empty], [false, true]);
});

const PLANTED = "planted-7f3a";

const FILE = `
providers:
  openai: { type: openai, api_key: "${PLANTED}-1", headers: { x-extra: "${PLANTED}-2" } }
  other: { type: vllm, api_key: "\${OTHER_KEY}", proxy: "http://user:${PLANTED}-3@proxy:3128" }
  third: { type: vllm, base_url: "\${file:url.txt}" }
models: { a: openai/a }
auth: { keys: [{ name: k, key: "${PLANTED}-4" }] }
observability:
  tracing:
    exporter:
      endpoint: http://user:${PLANTED}-5@collector:4317
      headers: { authorization: "Bearer ${PLANTED}-6" }
`;

Deno.test("a loaded configuration shows no secret, however it is printed", () => {
  const { config, effective } = loadText(FILE, {
    env: { OTHER_KEY: `${PLANTED}-7`, OTEL_EXPORTER_OTLP_HEADERS: `x-key=${PLANTED}-8` },
    files: { "url.txt": `http://${PLANTED}-9.example/v1` },
  });
  const shown = effective().map((key) => Object.values(key).join(" ")).join("\n");
  assertEquals(shown.includes(PLANTED), false, shown);
  // A proxy's and a collector's URL are used as they are, with their credentials; everything else is masked.
  const { providers: { other, third, ...providers }, observability: _, ...rest } = config;
  const inspected = Deno.inspect([providers, rest, other?.api_key], { depth: 20 }) +
    JSON.stringify([providers, rest]);
  assertEquals(inspected.includes(PLANTED), false, inspected);
  assertEquals(third?.base_url, `http://${PLANTED}-9.example/v1`);
  assertEquals(config.auth.keys[0]?.key?.reveal(), `${PLANTED}-4`);
});

/** Files with a secret in a place where something is wrong. */
const WRONG: readonly string[] = [
  `providers: { openai: ${PLANTED} }`,
  `providers: { openai: { type: openai, api_key: [${PLANTED}] } }`,
  `providers: { openai: { type: openai, api_kye: ${PLANTED} } }`,
  `providers: { openai: { type: openai, api_key: { a: ${PLANTED} } } }`,
  `auth: ${PLANTED}`,
  `auth: { keys: [${PLANTED}] }`,
  `auth: { keys: { key: ${PLANTED} } }`,
  `providers: { a: { type: vllm, proxy: "socks5://u:${PLANTED}@p" } }`,
  `providers: { a: { type: vllm, base_url: "ftp://u:${PLANTED}@p" } }`,
  `observability: { tracing: { exporter: { headers: [${PLANTED}] } } }`,
  `api_key: ${PLANTED}\napi_key: ${PLANTED}`,
  `api_key: *${PLANTED}`,
  `api_key: "${PLANTED}\n`,
  `auth:\n\tkey: ${PLANTED}`,
  "server: { port: '${SOME_TOKEN}' }",
  "server: { port: '${file:secret.txt}' }",
];

for (const text of WRONG) {
  Deno.test(`an error of ${JSON.stringify(text)} holds no secret`, () => {
    const error = assertThrows(() =>
      loadConfig({
        path: "config.yaml",
        text,
        env: (name) => name === "SOME_TOKEN" ? PLANTED : undefined,
        readFile: () => PLANTED,
      }), ConfigError);
    assertEquals(
      `${Deno.inspect(error, { depth: 10 })}${JSON.stringify(error)}`.includes(PLANTED),
      false,
      error.message,
    );
  });
}
