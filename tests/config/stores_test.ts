/** The sections `redis` and `postgres`, and who uses them. */
import { assertEquals } from "@std/assert";
import { loadText, problemsOf } from "./load_text.ts";

const PEM = "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n";
const files = { "ca.pem": PEM, "cert.pem": PEM, "key.pem": PEM };

function config(text: string) {
  return loadText(`providers: { mock: { type: mock } }\nmodels: { m: { targets: [mock/m] } }\n${text}`, {
    files,
  }).config;
}

Deno.test("redis: where it is, with what is left out filled in", () => {
  assertEquals(config("").redis, null);
  const server = config("redis: { url: redis://h:6379/2 }").redis;
  assertEquals(server?.address.kind === "server" ? server.address.url.reveal() : null, "redis://h:6379/2");
  assertEquals(
    [server?.prefix, server?.timeout, server?.connectTimeout, server?.tls, server?.database],
    ["gateway:", 250, 1000, null, null],
  );
});

Deno.test("redis: TLS is spoken where the URL says so, and how is read from files", () => {
  assertEquals(config("redis: { url: rediss://h }").redis?.tls, {
    ca: null,
    certificate: null,
    key: null,
    serverName: null,
    insecure: false,
  });
  const { tls } = config(
    "redis: { url: rediss://h, tls: { ca_file: ca.pem, cert_file: cert.pem, key_file: key.pem, server_name: r } }",
  ).redis ?? {};
  assertEquals([tls?.ca, tls?.certificate, tls?.key?.reveal(), tls?.serverName], [PEM, PEM, PEM, "r"]);
});

Deno.test("postgres: where it is; sslmode or tls mean TLS", () => {
  const text = (more: string) => `postgres: { url: "postgres://u:p@h:5432/d${more}" }`;
  const { postgres } = config(text(""));
  assertEquals(
    [postgres?.url.reveal(), postgres?.schema, postgres?.poolSize, postgres?.timeout, postgres?.tls],
    ["postgres://u:p@h:5432/d", "llm_gateway", 10, 250, null],
  );
  assertEquals(config(text("?sslmode=disable")).postgres?.tls, null);
  assertEquals(config(text("?sslmode=verify-full")).postgres?.tls?.insecure, false);
  assertEquals(config("postgres: { url: postgres://h/d, tls: { ca_file: ca.pem } }").postgres?.tls?.ca, PEM);
});

Deno.test("a section's own Redis comes before the shared one, and has of it how TLS is spoken", () => {
  const shared = "redis: { url: rediss://shared, password: hush, prefix: 's:', tls: { ca_file: ca.pem } }\n";
  const own = config(
    `${shared}cache: { redis: { url: rediss://own }, secret: s }\nbackends: { policy: least_used }`,
  );
  const { redis } = own.cache;
  assertEquals(redis?.address.kind === "server" ? redis.address.url.reveal() : null, "rediss://own");
  assertEquals([redis?.prefix, redis?.password, redis?.tls?.ca], ["gateway:", null, PEM]);
  assertEquals([own.backends.redis?.prefix, own.backends.redis?.password?.reveal()], ["s:", "hush"]);
  assertEquals(config(`${shared}cache: { store: redis, secret: s }`).cache.redis?.prefix, "s:");
  // What nobody goes by needs no server, and a section alone moves nothing.
  assertEquals([config(shared).backends.redis, config(shared).cache.store], [null, "memory"]);
});

Deno.test("redis and postgres: what does not agree is told", () => {
  const cases: [text: string, problem: string][] = [
    ["redis: {}", "redis.url: is missing; expected redis.url, redis.sentinels or redis.cluster"],
    [
      "redis: { url: redis://h, sentinels: ['h:1'] }",
      "redis.sentinels: is one too many: redis.url says already where Redis is",
    ],
    ["redis: { url: http://h }", "redis.url: expected a URL that starts with redis:// or rediss://"],
    [
      "redis: { url: redis://h, tls: {} }",
      "redis.tls: says how TLS is spoken, but a URL begins with redis://; expected rediss://",
    ],
    ["redis: { url: redis://u:p@h, password: q }", "redis.password: is given twice: a URL says it too"],
    ["redis: { url: redis://h/1, database: 2 }", "redis.database: is given twice: a URL says it too"],
    [
      "redis: { url: redis://h, sentinel_password: q }",
      "redis.sentinel_password: means nothing without redis.sentinels",
    ],
    ["redis: { sentinels: ['h:65536'] }", "redis.sentinels[0]: expected HOST:PORT"],
    [
      "redis: { sentinels: [h] }",
      'redis.sentinels[0]: expected HOST:PORT, such as sentinel-1:26379, got "h"',
    ],
    ["redis: { cluster: ['redis://h/1'] }", "redis.cluster[0]: names a database, but a cluster has but 0"],
    [
      "redis: { cluster: ['redis://h', 'rediss://i'] }",
      "redis.cluster[1]: is otherwise than the first: either all begin with rediss://, or none does",
    ],
    [
      "redis: { url: rediss://h, tls: { cert_file: cert.pem } }",
      "redis.tls.key_file: is missing; cert_file needs it",
    ],
    ["redis: { url: rediss://h, tls: { ca_file: no.pem } }", "redis.tls.ca_file: cannot read no.pem"],
    [
      "postgres: { url: mysql://h }",
      "postgres.url: expected a URL that starts with postgres:// or postgresql://",
    ],
    [
      "postgres: { url: 'postgres://h/d?sslmode=prefer' }",
      "postgres.url: has an sslmode that is not known; expected disable, require, verify-ca or verify-full",
    ],
    [
      "postgres: { url: 'postgres://h/d?sslmode=disable', tls: {} }",
      "postgres.tls: says how TLS is spoken, but the URL says sslmode=disable",
    ],
    ["postgres: { url: postgres://h/d, schema: 'a;b' }", "postgres.schema: expected a name of small letters"],
    [
      "conversations: { store: redis }",
      'conversations.store: is "redis", but there is no section redis that says where it is',
    ],
    [
      "conversations: { store: postgres, path: c.db }",
      'conversations.path: names a file, but conversations.store is "postgres"',
    ],
  ];
  for (const [text, problem] of cases) {
    const problems = problemsOf(text, { files });
    assertEquals(problems.some((line) => line.includes(problem)), true, `${text}\n${problems.join("\n")}`);
  }
});

Deno.test("redis and postgres: secrets are masked wherever they are shown", () => {
  const shown = loadText(
    "redis: { url: 'redis://u@h:1', password: planted }\npostgres: { url: 'postgres://u:planted@h/d' }",
  );
  assertEquals(JSON.stringify(shown.effective()).includes("planted"), false);
});
