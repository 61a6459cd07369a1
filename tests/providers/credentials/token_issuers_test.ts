/** OAuth clients and Google's service accounts, over HTTP, as a provider uses them. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Buffer } from "node:buffer";
import { generateKeyPairSync, verify } from "node:crypto";
import { systemClock } from "../../../lib/clock.ts";
import { Deadlines } from "../../../lib/deadlines.ts";
import { createProvider, type ProviderSettings } from "../../../lib/providers/create_provider.ts";
import { ManualClock } from "../../manual_clock.ts";
import { RecordedAnswer } from "../recorded_answer.ts";

type OAuth = Extract<ProviderSettings["auth"], { kind: "oauth" }>;

interface TokenRequest {
  readonly path: string;
  readonly authorization: string | null;
  readonly form: Readonly<Record<string, string>>;
}

interface Scene {
  /** Requests for tokens. */
  readonly asked: TokenRequest[];
  /** What the provider was sent as `Authorization`. */
  readonly seen: (string | null)[];
  readonly told: string[];
  call(): Promise<RecordedAnswer>;
}

/** A provider and the issuer of its tokens. */
async function scene(
  auth: (origin: string) => ProviderSettings["auth"],
  test: (scene: Scene) => Promise<void>,
  { issue = () => Response.json({ access_token: "t-1", expires_in: 3600 }), status = () => 200 }: {
    issue?: (count: number) => Response | Promise<Response>;
    status?: (count: number) => number;
  } = {},
): Promise<void> {
  const asked: TokenRequest[] = [];
  const seen: (string | null)[] = [];
  const told: string[] = [];
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const url = new URL(request.url);
    const text = await request.text();
    if (url.pathname.startsWith("/v1/")) {
      seen.push(request.headers.get("authorization"));
      return new Response("{}", { status: status(seen.length) });
    }
    asked.push({
      path: url.pathname + url.search,
      authorization: request.headers.get("authorization"),
      form: Object.fromEntries(new URLSearchParams(text)),
    });
    return await issue(asked.length);
  });
  const origin = `http://127.0.0.1:${server.addr.port}`;
  const provider = await createProvider("p", {
    type: "openai",
    baseUrl: origin,
    auth: auth(origin),
    headers: {},
    timeouts: { connect: 5_000, firstChunk: 5_000, betweenChunks: 5_000, total: 0 },
    proxy: null,
    ca: null,
    maxConnections: 8,
    maxQueue: 8,
  }, {
    clock: systemClock,
    deadlines: new Deadlines(new ManualClock()),
    proxyEnvironment: {},
    userAgent: "test",
    random: () => 0,
    onWarning: (message) => told.push(message),
  });
  try {
    await test({
      asked,
      seen,
      told,
      async call() {
        const answer = new RecordedAnswer();
        provider.send({
          operation: "generate",
          format: "openai_chat",
          model: "m",
          stream: false,
          body: new TextEncoder().encode("{}"),
          headers: [],
          query: "",
        }, answer);
        await answer.over;
        return answer;
      },
    });
  } finally {
    await provider.close();
  }
}

const CLIENT = {
  kind: "oauth",
  clientId: "gateway:1",
  clientSecret: { reveal: () => "planted +secret" },
  clientAuth: "client_secret_post",
  scope: "a/.default",
  audience: null,
  resource: null,
} as const;

function client(settings: Partial<OAuth> = {}): (origin: string) => OAuth {
  return (origin) => ({ ...CLIENT, tokenUrl: `${origin}/token?version=2`, ...settings });
}

Deno.test("an OAuth client gets one token for several requests, with its secret in the form", async () => {
  await scene(client(), async ({ asked, seen, call }) => {
    await Promise.all([call(), call(), call()]);
    assertEquals(seen, ["Bearer t-1", "Bearer t-1", "Bearer t-1"]);
    assertEquals(asked, [{
      path: "/token?version=2",
      authorization: null,
      form: {
        grant_type: "client_credentials",
        scope: "a/.default",
        client_id: "gateway:1",
        client_secret: "planted +secret",
      },
    }]);
  });
});

Deno.test("an OAuth client sends its secret as Basic, and the audience and resource", async () => {
  const settings = {
    clientAuth: "client_secret_basic",
    scope: null,
    audience: "aud",
    resource: "urn:r",
  } as const;
  await scene(client(settings), async ({ asked, call }) => {
    await call();
    const [, encoded = ""] = asked[0]?.authorization?.split(" ") ?? [];
    assertEquals(Buffer.from(encoded, "base64").toString(), "gateway%3A1:planted+%2Bsecret");
    assertEquals(asked[0]?.form, { grant_type: "client_credentials", audience: "aud", resource: "urn:r" });
  });
});

Deno.test("a token that the provider refuses is replaced, and the request told to go again", async () => {
  let tokens = 0;
  await scene(client(), async ({ seen, call }) => {
    const first = await call();
    assertEquals(first.status, 401);
    assertEquals((await call()).status, 200);
    assertEquals(seen, ["Bearer t-1", "Bearer t-2"]);
  }, {
    issue: () => Response.json({ access_token: `t-${++tokens}`, expires_in: "3600", token_type: "Bearer" }),
    status: (count) => count === 1 ? 401 : 200,
  });
});

const FAILURES: { name: string; issue: () => Response; message: string }[] = [
  {
    name: "refuses the client",
    issue: () => Response.json({ error: "invalid_client", error_description: "planted" }, { status: 401 }),
    message: "it answered 401: invalid_client",
  },
  {
    name: "answers with a page",
    issue: () => new Response("<html>planted", { status: 502 }),
    message: "it answered 502",
  },
  {
    name: "quotes something in its code",
    issue: () => Response.json({ error: "planted secret!" }, { status: 400 }),
    message: "it answered 400",
  },
  {
    name: "gives no token",
    issue: () => Response.json({ token_type: "Bearer" }),
    message: "its answer holds no token",
  },
  {
    name: "answers without end",
    issue: () => new Response("x".repeat(100_000)),
    message: "its answer holds no token",
  },
];

for (const { name, issue, message } of FAILURES) {
  Deno.test(`a request fails, and one line says why, when the issuer ${name}`, async () => {
    await scene(client(), async ({ seen, told, call }) => {
      const { error } = await call();
      assertEquals([error?.kind, error?.sent], ["credentials_failed", false]);
      assertEquals(seen, []);
      await call();
      assertEquals(told.length, 1);
      assertStringIncludes(told[0] ?? "", message);
      for (const text of [...told, error?.message ?? ""]) assert(!text.includes("planted"));
    }, { issue });
  });
}

Deno.test("a request fails when nobody listens at the token endpoint", async () => {
  await scene(client({ tokenUrl: "http://127.0.0.1:1/token" }), async ({ call }) => {
    assertEquals((await call()).error, {
      kind: "credentials_failed",
      sent: false,
      message: "no token from 127.0.0.1:1: connection refused",
    });
  });
});

Deno.test("a Google service account gets its token for a signed statement", async () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const keyFile = (origin: string) =>
    JSON.stringify({
      type: "service_account",
      client_email: "gateway@project.iam.gserviceaccount.com",
      private_key_id: "key-1",
      private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
      token_uri: `${origin}/token`,
    });
  let origin = "";
  await scene((at) => {
    origin = at;
    return { kind: "google", key: { reveal: () => keyFile(at) } };
  }, async ({ asked, seen, call }) => {
    const before = Math.floor(Date.now() / 1000);
    await call();
    assertEquals(seen, ["Bearer t-1"]);
    const { grant_type, assertion = "" } = asked[0]?.form ?? {};
    assertEquals(grant_type, "urn:ietf:params:oauth:grant-type:jwt-bearer");
    const [header = "", claims = "", signature = ""] = assertion.split(".");
    assert(
      verify(
        "RSA-SHA256",
        Buffer.from(`${header}.${claims}`),
        publicKey,
        Buffer.from(signature, "base64url"),
      ),
    );
    const decoded = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString());
    assertEquals(decoded(header), { alg: "RS256", typ: "JWT", kid: "key-1" });
    const { iat, exp, ...rest } = decoded(claims);
    assertEquals(rest, {
      iss: "gateway@project.iam.gserviceaccount.com",
      scope: "https://www.googleapis.com/auth/cloud-platform",
      aud: `${origin}/token`,
    });
    assert(iat >= before && iat <= before + 5);
    assertEquals(exp - iat, 3600);
  });
});
