import { assert, assertEquals, assertRejects } from "@std/assert";
import { AwsCredentials } from "../../../../lib/providers/credentials/aws/aws_credentials.ts";
import type { AskAws, AwsEnvironment, AwsKeys } from "../../../../lib/providers/credentials/aws/aws_keys.ts";
import { readProfile } from "../../../../lib/providers/credentials/aws/credentials_file.ts";
import {
  containerKeys,
  environmentKeys,
  instanceKeys,
  sharedFileKeys,
} from "../../../../lib/providers/credentials/aws/key_sources.ts";
import { CredentialError } from "../../../../lib/providers/credentials/credential_source.ts";
import { ManualClock } from "../../../manual_clock.ts";

const secret = (value: string) => ({ reveal: () => value });
const REQUEST = { method: "POST", origin: "https://x.test", path: "/", body: null, passedKey: null };
const SCOPE = { region: "us-east-1", service: "bedrock" };

function environment(fields: Partial<AwsEnvironment> = {}): AwsEnvironment {
  return {
    accessKeyId: "",
    secretAccessKey: secret(""),
    sessionToken: secret(""),
    profile: "",
    credentialsFile: "/home/.aws/credentials",
    containerRelativeUri: "",
    containerFullUri: "",
    containerToken: secret(""),
    containerTokenFile: "",
    readFile: () => Promise.reject(new Deno.errors.NotFound()),
    ...fields,
  };
}

function keys(name: string, expiresAt: number | null = null): AwsKeys {
  return { accessKeyId: name, secretAccessKey: `${name}-secret`, sessionToken: null, expiresAt };
}

/** A service that answers by path, and what it was asked. */
function service(answers: Readonly<Record<string, [status: number, body: unknown]>>) {
  const asked: string[] = [];
  const ask: AskAws = (method, url, headers) => {
    asked.push(`${method} ${url.href} ${headers.join(" ")}`);
    const [status, body] = answers[url.pathname] ?? [404, ""];
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return Promise.resolve({ status, bytes: new TextEncoder().encode(text) });
  };
  return { ask, asked };
}

const FILE = `
# comment
[default]
aws_access_key_id = AKDEFAULT
aws_secret_access_key=default/secret+=

; another
[profile  work ]
AWS_ACCESS_KEY_ID = AKWORK
aws_secret_access_key = work-secret
aws_session_token = work-token
[empty]
region = eu-west-1
`;

Deno.test("readProfile() reads AWS's file format", () => {
  assertEquals(readProfile(FILE, "default")?.get("aws_secret_access_key"), "default/secret+=");
  assertEquals(readProfile(FILE, "work")?.get("aws_session_token"), "work-token");
  assertEquals(readProfile(FILE, "none"), null);
  assertEquals(readProfile(FILE.replaceAll("\n", "\r\n"), "work")?.get("aws_access_key_id"), "AKWORK");
});

Deno.test("keys in the environment, and none", async () => {
  assertEquals(await environmentKeys(environment()).load(), null);
  assertEquals(await environmentKeys(environment({ accessKeyId: "A" })).load(), null);
  const given = environment({ accessKeyId: "A", secretAccessKey: secret("s"), sessionToken: secret("t") });
  assertEquals(await environmentKeys(given).load(), {
    accessKeyId: "A",
    secretAccessKey: "s",
    sessionToken: "t",
    expiresAt: null,
  });
});

Deno.test("keys in the shared file, by profile; a profile that is named has to be there", async () => {
  const read = environment({ readFile: () => Promise.resolve(FILE) });
  const load = (env: AwsEnvironment, profile: string | null = null) =>
    sharedFileKeys(env, profile, () => 0).load();
  assertEquals((await load(read))?.accessKeyId, "AKDEFAULT");
  assertEquals((await load({ ...read, profile: "work" }))?.sessionToken, "work-token");
  assertEquals((await load({ ...read, profile: "work" }, "default"))?.accessKeyId, "AKDEFAULT");
  assertEquals(await load(environment()), null);
  assertEquals(await load(environment({ readFile: () => Promise.resolve("") })), null);
  for (const [env, profile] of [[read, "empty"], [read, "none"], [environment(), "work"]] as const) {
    const error = await assertRejects(() => load(env, profile), CredentialError, profile);
    assert(!error.message.includes("secret"), error.message);
  }
});

const ROLE_KEYS = {
  AccessKeyId: "AKROLE",
  SecretAccessKey: "role-secret",
  Token: "role-token",
  Expiration: "2026-01-01T00:00:00Z",
};
const ROLE = {
  accessKeyId: "AKROLE",
  secretAccessKey: "role-secret",
  sessionToken: "role-token",
  expiresAt: Date.UTC(2026, 0, 1),
};

Deno.test("the container's endpoint, by path or by URL with its token", async () => {
  const { ask, asked } = service({ "/v2/keys": [200, ROLE_KEYS], "/bad": [500, "secret page"] });
  const load = (fields: Partial<AwsEnvironment>) => containerKeys(environment(fields), ask).load();
  assertEquals(await load({}), null);
  assertEquals(await load({ containerRelativeUri: "/v2/keys" }), ROLE);
  assertEquals(
    await load({
      containerFullUri: "http://169.254.170.23/v2/keys",
      containerToken: secret("not this"),
      containerTokenFile: "/token",
      readFile: (path) => Promise.resolve(`${path}-text\n`),
    }),
    ROLE,
  );
  assertEquals(asked, [
    "GET http://169.254.170.2/v2/keys accept application/json",
    "GET http://169.254.170.23/v2/keys accept application/json authorization /token-text",
  ]);
  for (
    const fields of [
      { containerRelativeUri: "http://elsewhere.test/x" },
      { containerRelativeUri: "//elsewhere.test/x" },
      { containerFullUri: "http://elsewhere.test/x" },
      { containerFullUri: "file:///etc/passwd" },
      { containerRelativeUri: "/v2/keys", containerToken: secret("a\nb") },
      { containerRelativeUri: "/v2/keys", containerTokenFile: "/nothing" },
      { containerRelativeUri: "/bad" },
    ]
  ) {
    const error = await assertRejects(() => load(fields), CredentialError);
    assert(!error.message.includes("page"), error.message);
  }
  assertEquals(asked.length, 3, "nobody else was asked");
});

Deno.test("the instance's metadata, by version 2 alone", async () => {
  const path = "/latest/meta-data/iam/security-credentials/";
  const token = { "/latest/api/token": [200, "token"] as [number, unknown] };
  const { ask, asked } = service({
    ...token,
    [path]: [200, "my-role\n"],
    [`${path}my-role`]: [200, ROLE_KEYS],
  });
  assertEquals(await instanceKeys(ask).load(), ROLE);
  assertEquals(asked, [
    "PUT http://169.254.169.254/latest/api/token x-aws-ec2-metadata-token-ttl-seconds 21600",
    `GET http://169.254.169.254${path} x-aws-ec2-metadata-token token`,
    `GET http://169.254.169.254${path}my-role x-aws-ec2-metadata-token token`,
  ]);
  for (
    const answers of [
      {},
      { ...token, [path]: [404, ""] as [number, unknown] },
      { ...token, [path]: [200, "../../x"] as [number, unknown] },
      { ...token, [path]: [200, "my-role"] as [number, unknown] },
    ]
  ) {
    await assertRejects(() => instanceKeys(service(answers).ask).load(), CredentialError);
  }
});

/** Credentials over sources that count how often they are asked. */
function credentials(load: () => Promise<AwsKeys | null>, clock = new ManualClock()) {
  let asked = 0;
  const warnings: string[] = [];
  const source = {
    name: "a source",
    load: () => {
      asked++;
      return load();
    },
  };
  const nowhere = { name: "nowhere", load: () => Promise.resolve(null) };
  const aws = new AwsCredentials([nowhere, source], SCOPE, clock, (message) => warnings.push(message));
  const signer = async () => {
    const { headers } = await aws.credential(REQUEST);
    return /Credential=([^/]+)/.exec(headers[1] ?? "")?.[1];
  };
  return { aws, clock, warnings, signer, asked: () => asked };
}

Deno.test("however many wait, the sources are asked once, and their keys are kept", async () => {
  const { aws, signer, asked } = credentials(() => Promise.resolve(keys("A")));
  assertEquals(await Promise.all([signer(), signer(), signer()]), ["A", "A", "A"]);
  await signer();
  assertEquals(asked(), 1);
  assertEquals(aws.secrets(), ["A-secret"]);
});

Deno.test("keys that expire are renewed before, beside those who use the old ones", async () => {
  const clock = new ManualClock();
  let given = keys("A", clock.wall() + 900_000);
  const { signer, asked } = credentials(() => Promise.resolve(given), clock);
  assertEquals(await signer(), "A");
  given = keys("B", clock.wall() + 2_000_000);
  clock.advance(610_000);
  assertEquals(await signer(), "A", "nobody waits");
  assertEquals([await signer(), asked()], ["B", 2]);
  given = keys("C");
  clock.advance(2_000_000);
  assertEquals(await signer(), "C", "what has expired is not used");
});

Deno.test("a failure is told once, kept for a moment, and got over", async () => {
  let broken = true;
  const { signer, clock, warnings, asked } = credentials(() =>
    broken
      ? Promise.reject(new CredentialError("credentials_failed", "no AWS credentials: why"))
      : Promise.resolve(keys("A"))
  );
  await assertRejects(signer, CredentialError, "why");
  await assertRejects(signer, CredentialError, "why");
  assertEquals(asked(), 1);
  clock.advance(1_001);
  broken = false;
  assertEquals(await signer(), "A");
  assertEquals(warnings, ["no AWS credentials: why"]);
  const none = credentials(() => Promise.resolve(null));
  await assertRejects(none.signer, CredentialError, "none in nowhere, a source");
});

Deno.test("a failure to renew costs nothing while the old keys are good", async () => {
  const clock = new ManualClock();
  let broken = false;
  const good = keys("A", clock.wall() + 400_000);
  const { signer } = credentials(
    () => broken ? Promise.reject(new Error("x")) : Promise.resolve(good),
    clock,
  );
  await signer();
  broken = true;
  clock.advance(200_000);
  assertEquals(await signer(), "A");
  clock.advance(300_000);
  await assertRejects(signer, CredentialError);
});

Deno.test("temporary keys that are refused are got again once; permanent ones are not", async () => {
  const clock = new ManualClock();
  const { aws, asked } = credentials(() => Promise.resolve(keys("A", clock.wall() + 900_000)), clock);
  const refused = async (status: number) => (await aws.credential(REQUEST)).refused?.(status, null);
  assertEquals(await refused(429), false);
  assertEquals([await refused(403), asked()], [true, 1]);
  assertEquals([await refused(403), asked()], [false, 2], "the new ones are trusted for a while");
  clock.advance(61_000);
  assertEquals(await refused(401), true);
  const permanent = credentials(() => Promise.resolve(keys("A")));
  assertEquals((await permanent.aws.credential(REQUEST)).refused?.(403, null), false);
});
