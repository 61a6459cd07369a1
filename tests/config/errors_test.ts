import { assertEquals, assertThrows } from "@std/assert";
import { PROVIDER_TYPES } from "../../lib/config/provider_types.ts";
import { loadConfig } from "../../lib/config/load.ts";
import { ConfigError } from "../../lib/config/problem.ts";
import { problemsOf, type TestSources } from "./load_text.ts";

const TYPES = `${PROVIDER_TYPES.slice(0, -1).join(", ")} or ${PROVIDER_TYPES.at(-1)}`;

interface Case extends TestSources {
  readonly name: string;
  readonly text: string;
  readonly expected: readonly string[];
}

const PROVIDERS = "providers: { mock: { type: mock } }\n";

const CASES: readonly Case[] = [
  {
    name: "a tab in the indentation",
    text: "server:\n\tport: 80\n\thost: a\n",
    expected: [
      "config.yaml:2: a tab in the indentation; YAML is indented with spaces",
      "config.yaml:3: a tab in the indentation; YAML is indented with spaces",
    ],
  },
  {
    name: "keys given twice",
    text: "server:\n  port: 80\n  host: a\n  port: 81\nserver: {}\n",
    expected: [
      "config.yaml:4: server.port: is given twice, first on line 2",
      "config.yaml:5: server: is given twice, first on line 1",
    ],
  },
  {
    name: "a key given twice within braces",
    text: "server: { port: 80, port: 81 }\n",
    expected: ["config.yaml:1: not valid YAML: Cannot store mapping pair: duplicated key"],
  },
  {
    name: "prices of what is no provider's model",
    text: PROVIDERS + "prices:\n  gpt: {}\n  mocks/gpt: { input: 1 }\n  mock/gpt: { input: -1 }\n",
    expected: [
      'config.yaml:3: prices.gpt: expected PROVIDER/MODEL, got "gpt"',
      'config.yaml:4: prices["mocks/gpt"]: there is no provider "mocks"',
      'config.yaml:5: prices["mock/gpt"].input: expected a number of at least 0, got -1',
    ],
  },
  {
    name: "an attribute that comes from two places, and one that comes from none",
    text: PROVIDERS + "observability: { tracing: { attributes: { a: { header: x, value: y }, b: {} } } }\n",
    expected: [
      "config.yaml:2: observability.tracing.attributes.a: expected one of value, header, metadata and key_tag",
      "config.yaml:2: observability.tracing.attributes.b: expected one of value, header, metadata and key_tag",
    ],
  },
  {
    name: "YAML that is none",
    text: "server: [1,\n",
    expected: [
      "config.yaml:2: not valid YAML: Cannot read flow collection: unexpected end of the stream within a flow collection",
    ],
  },
  {
    name: "a root that is no mapping",
    text: "- a\n",
    expected: ["config.yaml:1: expected a mapping of keys to values"],
  },
  {
    name: "a key that would be a prototype",
    text: "models:\n  __proto__: a/b\n",
    expected: ["config.yaml:2: models.__proto__: a key cannot be called __proto__"],
  },
  {
    name: "an unknown key, near a known one",
    text: "server:\n  prot: 80\n",
    expected: ['config.yaml:2: server.prot: unknown key; did you mean "port"?'],
  },
  {
    name: "an unknown key that belongs elsewhere",
    text: "port: 80\n",
    expected: ['config.yaml:1: port: unknown key; did you mean "server.port"?'],
  },
  {
    name: "an unknown key like no other",
    text: "retry:\n  zzzzzz: 80\n",
    expected: [
      "config.yaml:2: retry.zzzzzz: unknown key; known keys: attempts, budget, base_delay, max_delay, max_retry_after",
    ],
  },
  {
    name: "a number out of range",
    text: "server: { port: 70000 }",
    expected: ["config.yaml:1: server.port: expected an integer from 0 to 65535, got 70000"],
  },
  {
    name: "text in place of a number",
    text: "server: { port: http }",
    expected: ['config.yaml:1: server.port: expected an integer from 0 to 65535, got "http"'],
  },
  {
    name: "a duration without a unit",
    text: "server: { idle_timeout: 5, body_timeout: '7' }",
    expected: [
      'config.yaml:1: server.body_timeout: expected a duration with a unit, such as 250ms, 5s, 2m or 1h; a unit is required: 7s or 7ms?, got "7"',
      "config.yaml:1: server.idle_timeout: expected a duration with a unit, such as 250ms, 5s, 2m or 1h; a unit is required: 5s or 5ms?, got 5",
    ],
  },
  {
    name: "a size without a unit, and one in units that are not known",
    text: "server: { max_body_size: 1000 }\nstream: { max_event_size: 1MB }",
    expected: [
      "config.yaml:1: server.max_body_size: expected a size with a unit, such as 512B, 64KiB, 32MiB or 1GiB; a unit is required, got 1000",
      'config.yaml:2: stream.max_event_size: expected a size with a unit, such as 512B, 64KiB, 32MiB or 1GiB, got "1MB"',
    ],
  },
  {
    name: "a word that is not one of those",
    text: "logging: { level: WARNIN, format: xml }",
    expected: [
      'config.yaml:1: logging.level: expected one of DEBUG, INFO, WARNING, ERROR or CRITICAL, got "WARNIN"; did you mean "WARNING"?',
      'config.yaml:1: logging.format: expected one of auto, json or pretty, got "xml"',
    ],
  },
  {
    name: "text that is not quoted and looks like a number",
    text: "auth:\n  keys:\n    - { name: 12, key: 34 }",
    expected: [
      "config.yaml:3: auth.keys[0].name: expected text that is not empty (quote it if it is meant as text), got 12",
      "config.yaml:3: auth.keys[0].key: expected text (quote it if it is meant as text), got ***",
    ],
  },
  {
    name: "a value in place of a mapping or a list",
    text: "server: 80\nauth: { keys: abc }\nretry: [1]",
    expected: [
      "config.yaml:1: server: expected a mapping, got a number",
      "config.yaml:2: auth.keys: expected a list, got text",
      "config.yaml:3: retry: expected a mapping, got a list",
    ],
  },
  {
    name: "a mapping in place of a value",
    text: "server: { port: { a: 1 } }",
    expected: ["config.yaml:1: server.port: expected an integer from 0 to 65535, got a mapping"],
  },
  {
    name: "a key that is missing",
    text: "providers:\n  a: {}\nrate_limit: { per_key: { per: 1m } }",
    expected: [
      `config.yaml:2: providers.a.type: is missing; expected one of ${TYPES}`,
      "config.yaml:3: rate_limit.per_key.requests: is missing; expected an integer of at least 1",
    ],
  },
  {
    name: "an unknown type of provider",
    text: "providers:\n  a: { type: opnai }",
    expected: [
      `config.yaml:2: providers.a.type: expected one of ${TYPES}, got "opnai"; did you mean "openai"?`,
    ],
  },
  {
    name: "a master key that is empty",
    text: 'auth: { master_key: "" }',
    expected: ["config.yaml:1: auth.master_key: is empty; an empty key would let everybody administer"],
  },
  {
    name: "a master key that a client has",
    text: "auth: { master_key: planted, keys: [{ name: a, key: planted }] }",
    expected: [
      "config.yaml:1: auth.keys[0].key: is the master key; a client would administer the gateway with it",
    ],
  },
  {
    name: "a provider without what its type needs",
    text:
      'providers:\n  a: { type: openai }\n  b: { type: openai_compatible }\n  c: { type: anthropic, api_key: "" }\n',
    expected: [
      "config.yaml:2: providers.a.api_key: is missing; type openai needs one, such as ${OPENAI_API_KEY}",
      "config.yaml:3: providers.b.base_url: is missing; type openai_compatible has no URL of its own; it looks like https://llm.lab.example/v1",
      "config.yaml:4: providers.c.api_key: is empty; take the key out, or name a variable that holds one",
    ],
  },
  {
    name: "a provider whose name cannot be written in a target",
    text: 'providers: { "a/b": { type: mock } }',
    expected: ['config.yaml:1: providers["a/b"]: a provider\'s name cannot be empty or hold a slash'],
  },
  {
    name: "a base URL that is none",
    text: "providers: { a: { type: vllm, base_url: localhost:8000 } }",
    expected: [
      'config.yaml:1: providers.a.base_url: expected a URL that starts with http:// or https://, got "localhost:8000"',
    ],
  },
  {
    name: "a proxy that is none",
    text: "providers: { a: { type: vllm, proxy: socks5://user:pass@proxy:1080 } }",
    expected: [
      'config.yaml:1: providers.a.proxy: expected a URL that starts with http:// or https://, or none, got "socks5://***@proxy:1080"',
    ],
  },
  {
    name: "a target on an unknown provider",
    text: `${PROVIDERS}models:\n  a: mok/x\n  b: { targets: [{ provider: zzzzzz }] }\n  c: gpt-4o\n`,
    expected: [
      'config.yaml:3: models.a: no provider is called "mok"; did you mean "mock"?',
      'config.yaml:4: models.b.targets[0].provider: no provider is called "zzzzzz"; there are mock',
      'config.yaml:5: models.c: no provider is called "gpt-4o"; there are mock',
    ],
  },
  {
    name: "a stand-in for an unknown provider",
    text: `${PROVIDERS}models: { a: { targets: [{ provider: mock, stands_in_for: openai }] } }`,
    expected: [
      'config.yaml:2: models.a.targets[0].stands_in_for: no provider is called "openai"; there are mock',
    ],
  },
  {
    name: "a model without targets",
    text: "models:\n  a: {}\n  b: { targets: [] }\n",
    expected: [
      'config.yaml:2: models.a.targets: is missing; expected "provider/model" or a list of these',
      'config.yaml:3: models.b.targets: is missing; expected "provider/model" or a list of these',
    ],
  },
  {
    name: "two models of one name",
    text: `${PROVIDERS}models:
  a: mock/x
  b: { targets: [mock/x], aliases: [a, c] }
  d: { targets: [mock/x], aliases: [c, d] }
`,
    expected: [
      'config.yaml:4: models.b.aliases[0]: "a" is already the name of models.a',
      'config.yaml:5: models.d.aliases[0]: "c" is already the name of models.b.aliases[1]',
      'config.yaml:5: models.d.aliases[1]: "d" is already the name of models.d',
    ],
  },
  {
    name: "a digest that is none",
    text: "auth:\n  keys:\n    - { name: a, sha256: abc }\n    - { name: b, sha256: 12 }\n",
    expected: [
      'config.yaml:3: auth.keys[0].sha256: expected 64 hexadecimal digits, the SHA-256 of the key, got "abc"',
      "config.yaml:4: auth.keys[1].sha256: expected 64 hexadecimal digits, the SHA-256 of the key (quote it if it is meant as text), got 12",
    ],
  },
  {
    name: "keys of callers that are empty, of no form, of two forms, or twice there",
    text: `auth:
  keys:
    - { name: a, key: "" }
    - { name: b }
    - { name: c, key: x, sha256: "${"0".repeat(64)}" }
    - { name: d, key: same }
    - { name: d, key: same }
    - { name: e, key: "\${EMPTY:-}" }
`,
    expected: [
      "config.yaml:3: auth.keys[0].key: is empty; an empty key would let everybody in",
      "config.yaml:4: auth.keys[1]: has neither key nor sha256; expected one of them",
      "config.yaml:5: auth.keys[2]: has both key and sha256; expected one of them",
      'config.yaml:7: auth.keys[4].name: "d" is already the name of auth.keys[3]',
      "config.yaml:7: auth.keys[4].key: is the same key as that of auth.keys[3]",
      "config.yaml:8: auth.keys[5].key: is empty; an empty key would let everybody in",
    ],
  },
  {
    name: "a variable that is not set",
    text: "server:\n  host: ${HOST_NAME}\n",
    expected: [
      "config.yaml:2: server.host: the variable HOST_NAME is not set; set it, or write ${HOST_NAME:-default}",
    ],
  },
  {
    name: "a variable that is not set where a key is needed, told once",
    text: "auth: { keys: [{ name: a, key: '${GATEWAY_KEY}' }] }",
    expected: [
      "config.yaml:1: auth.keys[0].key: the variable GATEWAY_KEY is not set; set it, or write ${GATEWAY_KEY:-default}",
    ],
  },
  {
    name: "a substitution that is none",
    text: "server:\n  host: ${A B}\n  port: ${PORT\n",
    expected: [
      "config.yaml:2: server.host: expected ${VARIABLE}, ${VARIABLE:-default} or ${file:/path}; a dollar sign itself is written $$",
      "config.yaml:3: server.port: a substitution without its closing brace; a dollar sign itself is written $$",
    ],
  },
  {
    name: "a secret's file that is not there",
    text: "providers: { a: { type: openai, api_key: '${file:/run/secrets/a}' } }",
    expected: ["config.yaml:1: providers.a.api_key: cannot read /run/secrets/a (NotFound)"],
  },
  {
    name: "a value from a variable, which is named",
    text: "server: { port: '${MY_PORT}', host: '${MY_HOST}' }",
    env: { MY_PORT: "http", MY_HOST: "x" },
    expected: [
      'config.yaml:1: server.port: expected an integer from 0 to 65535, got "http" (from ${MY_PORT})',
    ],
  },
  {
    name: "a value from a variable whose name says that it is a secret",
    text: "server: { port: '${MY_TOKEN}' }",
    env: { MY_TOKEN: "planted" },
    expected: ["config.yaml:1: server.port: expected an integer from 0 to 65535, got *** (from ${MY_TOKEN})"],
  },
  {
    name: "the environment",
    text: "server: { port: 80 }",
    env: { PORT: "http", LOG_LEVEL: "loud" },
    expected: [
      'environment variable PORT: server.port: expected an integer from 0 to 65535, got "http"',
      'environment variable LOG_LEVEL: logging.level: expected one of DEBUG, INFO, WARNING, ERROR or CRITICAL, got "loud"',
    ],
  },
  {
    name: "a flag",
    text: "server: { port: 80 }",
    flags: [{ path: ["server", "port"], value: "-1", flag: "--port" }],
    expected: ['--port: server.port: expected an integer from 0 to 65535, got "-1"'],
  },
  {
    name: "both spellings of one key, with different values",
    text: `observability:
  tracing:
    service_name: a
    sampler: { type: always, rate: 0.1 }
    sampling: { type: always_off, rate: 0.2 }
    resource: { service_name: b }
`,
    expected: [
      "config.yaml:5: observability.tracing.sampling.type: always_off here and always_on in observability.tracing.sampler.type, which mean the same; give one",
      "config.yaml:5: observability.tracing.sampling.rate: 0.2 here and 0.1 in observability.tracing.sampler.rate, which mean the same; give one",
      "config.yaml:6: observability.tracing.resource.service_name: b here and a in observability.tracing.service_name, which mean the same; give one",
    ],
  },
  {
    name: "an endpoint that is none",
    text: "observability: { tracing: { exporter: { endpoint: 'ftp://user:pass@x' } } }",
    expected: [
      'config.yaml:1: observability.tracing.exporter.endpoint: expected host:port or a URL with http:// or https://, got "ftp://***@x"',
    ],
  },
  {
    name: "everything at once",
    text: `server:
  prot: 80
  port: "99999"
  cors: 7
providers:
  openai: sk-text
  other: { type: openai_compatible, timeouts: { conect: 5s } }
models:
  a: openia/x
  b: { targets: [], aliases: [a] }
rate_limit: { per_key: { per: 1m } }
zz: \${AAA}
`,
    expected: [
      'config.yaml:2: server.prot: unknown key; did you mean "port"?',
      'config.yaml:3: server.port: expected an integer from 0 to 65535, got "99999"',
      "config.yaml:4: server.cors: expected a mapping, got a number",
      "config.yaml:6: providers.openai: expected a mapping, got text",
      'config.yaml:7: providers.other.timeouts.conect: unknown key; did you mean "connect"?',
      'config.yaml:9: models.a: no provider is called "openia"; did you mean "openai"?',
      'config.yaml:10: models.b.targets: is missing; expected "provider/model" or a list of these',
      'config.yaml:10: models.b.aliases[0]: "a" is already the name of models.a',
      "config.yaml:11: rate_limit.per_key.requests: is missing; expected an integer of at least 1",
      "config.yaml:12: zz: the variable AAA is not set; set it, or write ${AAA:-default}",
    ],
  },
];

for (const { name, text, expected, ...sources } of CASES) {
  Deno.test(`loadConfig() tells ${name}`, () => {
    assertEquals(problemsOf(text, sources), expected);
  });
}

Deno.test("loadConfig() tells a file that cannot be read", () => {
  const readFile = () => {
    throw new Deno.errors.NotFound("planted");
  };
  assertThrows(
    () => loadConfig({ path: "/etc/gateway.yaml", env: () => undefined, readFile }),
    ConfigError,
    "/etc/gateway.yaml: cannot be read: there is no such file",
  );
});

Deno.test("loadConfig() is content with an empty file", () => {
  assertEquals(problemsOf(""), []);
  assertEquals(problemsOf("# nothing\nserver:\nmodels:\n"), []);
});

Deno.test("loadConfig() asks for no variable of a provider that is left out, but for those of one that is used", () => {
  const text = (key: string) =>
    `providers: { a: { type: vllm, api_key: "${key}", base_url: "\${URL_OF_A}" } }`;
  assertEquals(problemsOf(text("${KEY_OF_A}")), []);
  assertEquals(problemsOf(text("${KEY_OF_A:-}")), [
    "config.yaml:1: providers.a.base_url: the variable URL_OF_A is not set; set it, or write ${URL_OF_A:-default}",
  ]);
});
