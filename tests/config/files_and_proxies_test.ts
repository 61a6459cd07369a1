import { assertEquals } from "@std/assert";
import { loadText, problemsOf } from "./load_text.ts";

const PEM = (name: string) => `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----\n`;
const FILES = { "ca.pem": PEM("ca"), "/cert.pem": PEM("cert"), "/key.pem": PEM("key"), "/no.pem": "planted" };

const PROVIDERS = "providers: { a: { type: vllm, ca_file: ca.pem }, b: { type: vllm } }\n";

Deno.test("loadConfig() reads certificates beside the configuration, those of SSL_CERT_FILE where none are named", () => {
  const ca = (env: Record<string, string>) => {
    const { providers } = loadText(PROVIDERS, { env, files: FILES }).config;
    return [providers["a"]?.ca, providers["b"]?.ca];
  };
  assertEquals(ca({}), [PEM("ca"), null]);
  assertEquals(ca({ SSL_CERT_FILE: "/cert.pem" }), [PEM("ca"), PEM("cert")]);
});

Deno.test("loadConfig() reads the exporter's certificates, its key as a secret", () => {
  const { config } = loadText(
    "observability: { tracing: { exporter: { endpoint: 'a:4317', certificate: ca.pem } } }",
    {
      files: FILES,
      env: {
        OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: "/cert.pem",
        OTEL_EXPORTER_OTLP_CLIENT_KEY: "/key.pem",
      },
    },
  );
  const [exporter] = config.observability.tracing.exporters;
  if (exporter?.type !== "otlp") throw new Error("no exporter");
  assertEquals([exporter.tls?.ca, exporter.tls?.certificate], [PEM("ca"), PEM("cert")]);
  assertEquals([String(exporter.tls?.key), exporter.tls?.key?.reveal()], ["***", PEM("key")]);
});

Deno.test("loadConfig() tells certificates that cannot be used, and nothing of what is in them", () => {
  const text = `providers:
  a: { type: vllm, ca_file: none.pem }
  b: { type: vllm, ca_file: /no.pem }
  off: { type: vllm, ca_file: none.pem, enabled: false }
observability:
  tracing:
    exporter: { endpoint: "a:4317", client_key: /key.pem }
`;
  assertEquals(problemsOf(text, { files: FILES, env: { SSL_CERT_FILE: "/none" } }), [
    "config.yaml:2: providers.a.ca_file: cannot read none.pem (NotFound)",
    "config.yaml:3: providers.b.ca_file: /no.pem is not a PEM file: there is no -----BEGIN in it",
    "config.yaml:7: observability.tracing.exporter.client_certificate: is missing; client_key needs it",
    "environment variable SSL_CERT_FILE: cannot read /none (NotFound)",
  ]);
});

Deno.test("loadConfig() takes proxies from the environment, in either spelling", () => {
  const proxies = (env: Record<string, string>) => {
    const { https, http, none } = loadText("", { env }).config.proxies;
    return [https.reveal(), http.reveal(), none];
  };
  assertEquals(proxies({}), ["", "", ""]);
  assertEquals(proxies({ HTTPS_PROXY: "http://a:1", http_proxy: "b:2", NO_PROXY: "x,y" }), [
    "http://a:1",
    "b:2",
    "x,y",
  ]);
  assertEquals(proxies({ HTTPS_PROXY: "http://a:1", https_proxy: "http://b:1" })[0], "http://a:1");
});

Deno.test("loadConfig() tells a proxy that cannot be used, without its value", () => {
  assertEquals(problemsOf("", { env: { HTTPS_PROXY: "socks5://user:planted@a:1", HTTP_PROXY: "http://" } }), [
    "environment variable HTTPS_PROXY: expected a URL that starts with http:// or https://",
    "environment variable HTTP_PROXY: expected a URL that starts with http:// or https://",
  ]);
});
