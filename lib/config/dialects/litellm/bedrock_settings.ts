import type { Deployment } from "./deployment.ts";

/** `bedrock/[converse/|invoke/][REGION/]MODEL`. */
export function readBedrock(deployment: Deployment): void {
  const { provider, state } = deployment;
  const [, region = null, model = ""] =
    /^(?:converse\/|invoke\/|converse_like\/)?(?:([a-z]{2}(?:-[a-z]+)+-\d)\/)?(.*)$/.exec(deployment.model) ??
      [];
  deployment.model = model;
  const key = ["aws_region_name", "region_name"].find((name) => deployment.param(name) !== undefined);
  if (region !== null) provider.set("region", region, deployment.at("model"));
  else if (key !== undefined) provider.set("region", deployment.native(key), deployment.at(key));
  else if (state.isSet("AWS_REGION_NAME")) provider.set("region", state.reference("AWS_REGION_NAME"), null);
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
  for (const [from, to] of Object.entries(AWS_KEYS)) {
    const value = deployment.native(from);
    if (value !== null) provider.set(["aws", to], value, deployment.at(from));
  }
}

const AWS_KEYS: Readonly<Record<string, string>> = {
  aws_access_key_id: "access_key_id",
  aws_secret_access_key: "secret_access_key",
  aws_session_token: "session_token",
  aws_profile_name: "profile",
};
