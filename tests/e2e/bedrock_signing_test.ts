/** Requests to Bedrock signed with keys from wherever AWS's own programs find them, checked by the server. */
import { assert, assertEquals } from "@std/assert";
import { createMockHandler } from "../../lib/providers/mock.ts";
import { isSignedBy } from "../providers/credentials/aws/verify_signature.ts";
import { GatewayProcess } from "./gateway_process.ts";

const SECRET = "planted-aws-secret";
const TOKEN = "planted-session-token";

/** The mock behind a check of signatures, and a container's endpoint beside it. */
class Aws implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  /** The scopes of the signatures that came. */
  readonly scopes: string[] = [];
  authorizations: (string | null)[] = [];

  constructor() {
    const answer = createMockHandler({});
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
      const { pathname, search } = new URL(request.url);
      if (pathname === "/container") {
        this.authorizations.push(request.headers.get("authorization"));
        const Expiration = new Date(Date.now() + 3_600_000).toISOString();
        return Response.json({
          AccessKeyId: "AKCONTAINER",
          SecretAccessKey: SECRET,
          Token: TOKEN,
          Expiration,
        });
      }
      const { method, headers } = request;
      const body = new Uint8Array(await request.clone().arrayBuffer());
      this.scopes.push(/Credential=([^,]+)/.exec(headers.get("authorization") ?? "")?.[1] ?? "");
      if (isSignedBy(SECRET, { method, target: pathname + search, headers, body })) return answer(request);
      const message = `The request signature we calculated does not match: ${SECRET}`;
      return Response.json({ message }, {
        status: 403,
        headers: { "x-amzn-errortype": "InvalidSignatureException" },
      });
    });
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

function config(origin: string, aws = ""): string {
  return `
logging: { format: json }
server: { drain_delay: 0s }
providers:
  bedrock: { type: bedrock, base_url: "${origin}", region: eu-central-1${aws} }
models:
  claude: "bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0"
retry: { attempts: 0 }
`;
}

function ask(url: string, stream: boolean): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    body: JSON.stringify({ model: "claude", stream, messages: [{ role: "user", content: "Grüße!" }] }),
  });
}

const SOURCES: readonly [
  name: string,
  set: (origin: string) => Promise<{ aws?: string; env?: Record<string, string> }>,
  key: string,
][] = [
  [
    "the configuration",
    () =>
      Promise.resolve({
        aws: `, aws: { access_key_id: AKCONFIG, secret_access_key: ${SECRET}, session_token: t }`,
      }),
    "AKCONFIG",
  ],
  [
    "the environment",
    () => Promise.resolve({ env: { AWS_ACCESS_KEY_ID: "AKENV", AWS_SECRET_ACCESS_KEY: SECRET } }),
    "AKENV",
  ],
  ["a profile of the shared file", async () => {
    const file = await Deno.makeTempFile();
    await Deno.writeTextFile(file, `[work]\naws_access_key_id=AKFILE\naws_secret_access_key=${SECRET}\n`);
    return { env: { AWS_SHARED_CREDENTIALS_FILE: file, AWS_PROFILE: "work" } };
  }, "AKFILE"],
  ["the container's endpoint", (origin) =>
    Promise.resolve({
      env: {
        AWS_SHARED_CREDENTIALS_FILE: "/nowhere",
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `${origin}/container`,
        AWS_CONTAINER_AUTHORIZATION_TOKEN: "container-token",
        // Nothing of this goes through a proxy.
        HTTP_PROXY: "http://127.0.0.1:1",
        NO_PROXY: "127.0.0.1",
      },
    }), "AKCONTAINER"],
];

for (const [name, set, key] of SOURCES) {
  Deno.test(`Bedrock's requests are signed with the keys of ${name}`, async () => {
    await using aws = new Aws();
    const { aws: section = "", env = {} } = await set(aws.origin);
    await using gateway = await GatewayProcess.start({ config: config(aws.origin, section), env });
    const whole = await ask(gateway.url, false);
    assertEquals(whole.status, 200);
    assert((await whole.json()).choices[0].message.content.includes("Grüße!"));
    const texts = await Promise.all([1, 2, 3].map(async () => (await ask(gateway.url, true)).text()));
    for (const text of texts) assert(text.includes("[DONE]"), text);
    assertEquals(aws.scopes.length, 4);
    for (const scope of aws.scopes) {
      assert(new RegExp(`^${key}/\\d{8}/eu-central-1/bedrock/aws4_request$`).test(scope), scope);
    }
    assertEquals(aws.authorizations, key === "AKCONTAINER" ? ["container-token"] : [], "the keys are kept");
    await gateway.stop();
    const logged = JSON.stringify(gateway.logs);
    for (const secret of [SECRET, TOKEN, "container-token"]) assert(!logged.includes(secret), logged);
  });
}

Deno.test("Bedrock's bearer token is taken from the environment, before any keys", async () => {
  await using aws = new Aws();
  const env = {
    AWS_BEARER_TOKEN_BEDROCK: "bedrock-api-key",
    AWS_ACCESS_KEY_ID: "A",
    AWS_SECRET_ACCESS_KEY: "s",
  };
  await using gateway = await GatewayProcess.start({ config: config(aws.origin), env });
  const answer = await ask(gateway.url, false);
  assertEquals(answer.status, 502, "no signature came");
  const text = await answer.text();
  assert(!text.includes(SECRET) && text.includes("did not accept the gateway's credentials"), text);
  assertEquals(aws.scopes, [""]);
});

Deno.test("without any AWS credentials an answer says so, and where they were looked for", async () => {
  await using aws = new Aws();
  const env = { AWS_SHARED_CREDENTIALS_FILE: "/nowhere" };
  await using gateway = await GatewayProcess.start({ config: config(aws.origin), env });
  const answer = await ask(gateway.url, false);
  const { error } = await answer.json();
  assert(answer.status >= 500, String(answer.status));
  assert(error.message.includes("bedrock"), error.message);
  const line = await gateway.log((line) => JSON.stringify(line).includes("no AWS credentials: none in"));
  assert(JSON.stringify(line).includes("the environment"));
  assertEquals(aws.scopes, []);
});
