import type { Deployment } from "./deployment.ts";

/** `bedrock/[converse/|invoke/][REGION/]MODEL`. */
export function readBedrock(deployment: Deployment): void {
  const { provider, state } = deployment;
  const [, region = null, model = ""] =
    /^(?:converse\/|invoke\/|converse_like\/)?(?:([a-z]{2}(?:-[a-z]+)+-\d)\/)?(.*)$/.exec(deployment.model) ??
      [];
  deployment.model = model;
  const key = ["aws_region_name", "region_name"].find((name) => deployment.param(name) !== undefined);
  const inFile = ["AWS_REGION", "AWS_DEFAULT_REGION"].find((name) => state.isInFile(name));
  if (region !== null) provider.set("region", region, deployment.at("model"));
  else if (key !== undefined) provider.set("region", deployment.native(key), deployment.at(key));
  else if (state.isSet("AWS_REGION_NAME")) provider.set("region", state.reference("AWS_REGION_NAME"), null);
  else if (inFile !== undefined) provider.set("region", state.reference(inFile), null);
  else if (!state.isSet("AWS_REGION") && !state.isSet("AWS_DEFAULT_REGION")) {
    provider.set("region", "us-west-2", null);
  }
  const endpoint = ["aws_bedrock_runtime_endpoint", "api_base"].find((name) =>
    deployment.param(name) !== undefined
  );
  if (endpoint !== undefined) provider.set("base_url", deployment.native(endpoint), deployment.at(endpoint));
  if (deployment.native("api_key") !== null) {
    return provider.set("api_key", deployment.native("api_key"), deployment.at("api_key"));
  }
  const named = AWS_KEYS.filter(([from]) => deployment.param(from) !== undefined);
  for (const [from, to] of named) provider.set(["aws", to], deployment.native(from), deployment.at(from));
  if (named.length > 0) return;
  // The environment's own are looked for in any case.
  for (const [, to, variable] of AWS_KEYS) {
    if (state.isInFile(variable)) provider.set(["aws", to], state.reference(variable), null);
  }
}

/** LiteLLM's key, the gateway's, and AWS's variable. */
const AWS_KEYS = [
  ["aws_access_key_id", "access_key_id", "AWS_ACCESS_KEY_ID"],
  ["aws_secret_access_key", "secret_access_key", "AWS_SECRET_ACCESS_KEY"],
  ["aws_session_token", "session_token", "AWS_SESSION_TOKEN"],
  ["aws_profile_name", "profile", "AWS_PROFILE"],
] as const;
