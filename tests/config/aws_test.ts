import { assertEquals, assertStringIncludes } from "@std/assert";
import { regionOf } from "../../lib/config/aws.ts";
import { loadText, problemsOf } from "./load_text.ts";

function text(provider: string): string {
  return `providers:\n  aws: { type: bedrock, ${provider} }\nmodels:\n  m: aws/m\n`;
}

for (
  const [name, provider, env, url, region] of [
    ["its key", "region: eu-west-1", {}, "https://bedrock-runtime.eu-west-1.amazonaws.com", "eu-west-1"],
    [
      "the environment",
      "enabled: true",
      { AWS_REGION: "us-east-2" },
      "https://bedrock-runtime.us-east-2.amazonaws.com",
      "us-east-2",
    ],
    [
      "the environment's older word",
      "enabled: true",
      { AWS_DEFAULT_REGION: "us-west-1" },
      "https://bedrock-runtime.us-west-1.amazonaws.com",
      "us-west-1",
    ],
    [
      "the URL",
      'base_url: "https://vpce-1.bedrock-runtime.ap-south-1.vpce.amazonaws.com"',
      { AWS_REGION: "us-east-2" },
      "https://vpce-1.bedrock-runtime.ap-south-1.vpce.amazonaws.com",
      "us-east-2",
    ],
    [
      "a URL of AWS's",
      'base_url: "https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com"',
      { AWS_REGION: "us-east-2" },
      "https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com",
      "us-gov-west-1",
    ],
  ] as [string, string, Record<string, string>, string, string][]
) {
  Deno.test(`Bedrock's region comes from ${name}`, () => {
    const { config } = loadText(text(provider), { env });
    assertEquals([config.providers["aws"]?.base_url, config.providers["aws"]?.region], [url, region]);
  });
}

for (
  const [provider, expected] of [
    ["enabled: true", "providers.aws.region: is missing; name the region, or set AWS_REGION"],
    ["region: x, aws: { access_key_id: a }", "providers.aws.aws.secret_access_key: is missing"],
    ["region: x, aws: { secret_access_key: a }", "providers.aws.aws.access_key_id: is missing"],
    ["region: x, aws: { access_key_id: a, secret_access_key: b, profile: c }", "providers.aws.aws.profile"],
    ["region: x, api_key: k, aws: { profile: c }", "providers.aws.aws: cannot be given beside api_key"],
  ]
) {
  Deno.test(`Bedrock with { ${provider} } is refused`, () => {
    assertStringIncludes(problemsOf(text(provider ?? "")).join("\n").replaceAll('"', ""), expected ?? "");
  });
}

Deno.test("AWS's keys mean nothing for another provider", () => {
  const problems = problemsOf("providers:\n  o: { type: openai, aws: { profile: a } }\nmodels: {}\n");
  assertStringIncludes(problems.join("\n"), "means nothing for type openai");
});

Deno.test("regionOf() finds the region in AWS's hosts and in no other", () => {
  assertEquals(regionOf("https://bedrock-runtime.eu-central-1.amazonaws.com/x"), "eu-central-1");
  assertEquals(regionOf("https://bedrock-runtime.us-east-1.api.aws"), "us-east-1");
  assertEquals(regionOf("http://127.0.0.1:9000"), null);
});
