import { assert, assertEquals, assertRejects } from "@std/assert";
import { sign } from "../../../../lib/providers/credentials/aws/sign.ts";
import {
  CredentialError,
  type OutgoingRequest,
} from "../../../../lib/providers/credentials/credential_source.ts";
import { isSignedBy } from "./verify_signature.ts";

const SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const KEYS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: SECRET, sessionToken: null, expiresAt: null };
const NOW = Date.UTC(2015, 7, 30, 12, 36, 0);

function request(fields: Partial<OutgoingRequest>): OutgoingRequest {
  return {
    method: "GET",
    origin: "https://example.amazonaws.com",
    path: "/",
    body: null,
    passedKey: null,
    ...fields,
  };
}

/** From AWS's Signature Version 4 test suite: https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-test-suite.html */
const VECTORS: readonly [name: string, request: Partial<OutgoingRequest>, signature: string][] = [
  ["get-vanilla", {}, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"],
  ["post-vanilla", { method: "POST" }, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"],
  [
    "get-vanilla-query-order-key-case",
    { path: "/?Param2=value2&Param1=value1" },
    "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
  ],
];

for (const [name, fields, signature] of VECTORS) {
  Deno.test(`AWS's test vector ${name}`, async () => {
    const scope = { region: "us-east-1", service: "service" };
    const headers = await sign(request(fields), KEYS, scope, NOW, new Map());
    assertEquals(headers, [
      "authorization",
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, " +
      `SignedHeaders=host;x-amz-date, Signature=${signature}`,
      "x-amz-date",
      "20150830T123600Z",
    ]);
  });
}

Deno.test("a request of Bedrock's, with a session and a model's name that is encoded, has the signature that it must", async () => {
  const body = new TextEncoder().encode('{"messages":[{"role":"user","content":[{"text":"Grüße"}]}]}');
  const derived = new Map<string, ArrayBuffer>();
  for (
    const path of [
      "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse-stream",
      "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fa/converse?a=b",
      "/model/mock%40tps%3D5(x)!*'/converse",
    ]
  ) {
    const outgoing = request({
      method: "POST",
      origin: "https://bedrock-runtime.us-east-1.amazonaws.com",
      path,
      body,
    });
    const pairs = await sign(
      outgoing,
      { ...KEYS, sessionToken: "a session" },
      { region: "us-east-1", service: "bedrock" },
      NOW,
      derived,
    );
    const headers = new Headers({ host: "bedrock-runtime.us-east-1.amazonaws.com" });
    for (let i = 0; i < pairs.length; i += 2) headers.set(pairs[i] ?? "", pairs[i + 1] ?? "");
    assertEquals(headers.get("x-amz-security-token"), "a session");
    assert(isSignedBy(SECRET, { method: "POST", target: path, headers, body }), path);
    assert(!isSignedBy(SECRET, { method: "POST", target: path, headers, body: body.slice(1) }));
    assert(!isSignedBy("another", { method: "POST", target: path, headers, body }));
  }
  assertEquals(derived.size, 1, "a key is derived once a day");
});

Deno.test("a body that streams is not signed", async () => {
  const body = (async function* () {})();
  const scope = { region: "us-east-1", service: "bedrock" };
  await assertRejects(() => sign(request({ body }), KEYS, scope, NOW, new Map()), CredentialError, "streams");
});
