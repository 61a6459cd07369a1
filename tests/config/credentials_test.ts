import { assert, assertEquals } from "@std/assert";
import { loadText, problemsOf } from "./load_text.ts";

/** A provider of type openai with these keys. */
function provider(keys: string): string {
  return `providers: { p: { type: openai, ${keys} } }\nmodels: { m: p/m }\n`;
}

const WRONG: { name: string; keys: string; expected: string }[] = [
  {
    name: "no credentials",
    keys: "timeouts: {}",
    expected: "p.api_key: is missing; type openai needs one, such as ${OPENAI_API_KEY}",
  },
  {
    name: "one key and several",
    keys: "api_key: a, api_keys: [{ key: b }]",
    expected: "p.api_keys: cannot be given beside api_key; expected one of them",
  },
  {
    name: "a key beside the client's",
    keys: "api_key: a, auth: passthrough",
    expected: "p.auth: is passthrough, and there is api_key too; expected one of them",
  },
  {
    name: "an empty key among several",
    keys: 'api_keys: [{ key: a }, { key: "" }]',
    expected: "p.api_keys[1].key: is empty; take it out",
  },
  {
    name: "a way to authenticate that there is not",
    keys: "auth: passthru",
    expected:
      'p.auth: expected one of configured or passthrough, got "passthru"; did you mean "passthrough"?',
  },
];

for (const { name, keys, expected } of WRONG) {
  Deno.test(`the configuration refuses ${name}`, () => {
    assertEquals(problemsOf(provider(keys)), [`config.yaml:1: providers.${expected}`]);
  });
}

Deno.test("the configuration takes several keys, or the client's, in place of one", () => {
  const several = loadText(provider("api_keys: [{ key: planted-1, weight: 3 }, { key: planted-2 }]"));
  const keys = several.config.providers.p?.api_keys ?? [];
  assertEquals(keys.map(({ key, weight }) => [key.reveal(), weight]), [["planted-1", 3], ["planted-2", 1]]);
  assert(!JSON.stringify(several.effective()).includes("planted"));
  assertEquals(problemsOf(provider("auth: passthrough")), []);
});

Deno.test("the configuration takes an OAuth client, or a Google service account, in place of a key", () => {
  const oauth =
    "oauth: { token_url: https://issuer.test/token, client_id: me, client_secret: planted-1, scope: s }";
  const { config, effective } = loadText(provider(oauth));
  assertEquals(config.providers.p?.oauth?.client_auth, "client_secret_post");
  assertEquals(config.providers.p?.oauth?.client_secret.reveal(), "planted-1");
  assert(!JSON.stringify(effective()).includes("planted"));
  const account = JSON.stringify({
    client_email: "a@b",
    private_key: "planted-2",
    token_uri: "https://issuer.test",
  });
  const google = loadText(provider('google_credentials: "${file:/run/account.json}"'), {
    files: { "/run/account.json": account },
  });
  assert(!JSON.stringify(google.effective()).includes("planted"));
  assertEquals(problemsOf(provider('google_credentials: "{}"')), [
    "config.yaml:1: providers.p.google_credentials: is not the JSON of a service account's key file: " +
    "client_email, private_key or token_uri is missing",
  ]);
  assertEquals(problemsOf(provider(`${oauth}, api_key: a`)), [
    "config.yaml:1: providers.p.oauth: cannot be given beside api_key; expected one of them",
  ]);
});
