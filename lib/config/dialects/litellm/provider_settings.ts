import { isMapping } from "../../path.ts";
import { catalogRow } from "../../../providers/catalog.ts";
import type { Deployment } from "./deployment.ts";
import { isReference, referredVariable } from "./state.ts";

const ENTRA_SCOPE = "https://cognitiveservices.azure.com/.default";

/** What a deployment says of who answers. @returns whether the gateway can ask them. */
export function readProvider(deployment: Deployment): boolean {
  const { provider, prefix, state } = deployment;
  const type = typeOf(deployment);
  provider.set("type", type, deployment.at("model"));
  switch (type) {
    case "vertex":
      return readVertex(deployment);
    case "bedrock":
      readBedrock(deployment);
      break;
    case "azure":
      readBase(deployment);
      readAzure(deployment);
      break;
    default:
      readBase(deployment);
      readKey(deployment, prefix.keys);
  }
  if (type === "fireworks" && !/[/*]/.test(deployment.model)) {
    deployment.model = `accounts/fireworks/models/${deployment.model}`;
  }
  if (type === "huggingface") {
    deployment.model = deployment.model.replace(/^([^/]+)\/([^/]+\/[^/]+)$/, "$2:$1");
  }
  if (deployment.native("organization") !== null) {
    provider.set(
      ["headers", "OpenAI-Organization"],
      deployment.native("organization"),
      deployment.at("organization"),
    );
  }
  for (const key of ["extra_headers", "headers"]) {
    const headers = deployment.param(key);
    if (!isMapping(headers)) continue;
    for (const [name, value] of Object.entries(headers)) {
      provider.set(["headers", name], state.text(value), [...deployment.at(key), name]);
    }
  }
  return true;
}

/** OpenAI's own service is one type; what has its API elsewhere is another, of which less is taken for granted. */
function typeOf(deployment: Deployment): string {
  const { prefix, prefixName, model } = deployment;
  if (deployment.param("mock_response") !== undefined) return "mock";
  if (prefixName === "azure_ai") {
    if (model.startsWith("claude")) return "anthropic";
    const host = URL.parse(String(baseOf(deployment)?.value ?? ""))?.hostname ?? "";
    return host === "" || /\.(openai|services\.ai|cognitiveservices)\.azure\.com$/.test(host)
      ? "azure"
      : "openai_compatible";
  }
  if (prefix.type !== "openai") return prefix.type;
  const base = baseOf(deployment);
  if (base === null || base.value === null) return base === null ? "openai" : "openai_compatible";
  return URL.parse(base.value)?.hostname.endsWith("api.openai.com") ? "openai" : "openai_compatible";
}

/** Where a deployment's URL is from, and the URL where it can be known here. */
function baseOf(
  deployment: Deployment,
): { readonly key: string | null; readonly value: string | null } | null {
  const { state, prefix } = deployment;
  for (const key of ["api_base", "base_url"]) {
    const given = deployment.param(key);
    if (given === undefined) continue;
    const variable = referredVariable(given);
    return { key, value: variable === null ? String(given) : state.valueOf(variable) || null };
  }
  const variable = prefix.bases.find((name) => state.isSet(name));
  return variable === undefined ? null : { key: null, value: state.valueOf(variable) };
}

function readBase(deployment: Deployment): void {
  const { provider, prefix, state } = deployment;
  const type = String(provider.get("type"));
  if (type === "mock") return;
  const key = ["api_base", "base_url"].find((name) => deployment.param(name) !== undefined);
  const variable = prefix.bases.find((name) => state.isSet(name));
  if (key !== undefined) {
    const given = deployment.param(key);
    const text = state.text(given);
    provider.set("base_url", isReference(given) ? text : cleanBase(text, type), deployment.at(key));
  } else if (variable !== undefined) provider.set("base_url", state.reference(variable), null);
  else if (prefix.url !== null) provider.set("base_url", prefix.url, null);
  else if (catalogRow(type)?.baseUrl === null) {
    // Its URL has to come from somewhere; the variable is where LiteLLM's users have it.
    if (prefix.bases.length > 0) {
      provider.set("base_url", state.firstOf(prefix.bases), deployment.at("api_base"));
    } else provider.place("base_url", deployment.at("api_base"));
  }
}

/** LiteLLM takes URLs of endpoints for those of APIs. */
function cleanBase(url: string, type: string): string {
  let base = url.replace(/\/+$/, "").replace(/\/(chat\/completions|completions|embeddings|responses)$/, "");
  if (type === "anthropic") base = base.replace(/\/v1\/messages$/, "");
  if (type === "azure") base = base.replace(/\/openai(\/v1|\/deployments\/.*)?$/, "");
  return base;
}

/** @param variables where the key is where the file does not say. */
function readKey(deployment: Deployment, variables: readonly string[]): void {
  const { provider, state } = deployment;
  const type = String(provider.get("type"));
  if (type === "mock") return;
  const key = deployment.native("api_key");
  if (key !== null) return provider.set("api_key", key, deployment.at("api_key"));
  provider.place("api_key", deployment.at("api_key"));
  if (variables.length === 0) return;
  const optional = catalogRow(type)?.keyVariable === null;
  const reference = state.firstOf(variables);
  // What may do without a key is not left out for want of one.
  provider.set("api_key", optional ? reference.replace(/^\$\{(\w+)\}$/, "${$1:-}") : reference, null);
}

/** A version, and a key, a token of Entra, or what such tokens are got with. */
function readAzure(deployment: Deployment): void {
  const { provider, state } = deployment;
  deployment.model = deployment.model.replace(/^(o_series|gpt5_series|responses)\//, "");
  const version = deployment.param("api_version");
  if (version !== undefined) {
    if (!["preview", "latest", "v1"].includes(String(version))) {
      provider.set("api_version", state.text(version), deployment.at("api_version"));
    }
  } else if (state.isSet("AZURE_API_VERSION")) {
    provider.set("api_version", state.reference("AZURE_API_VERSION"), null);
  }
  const own = (key: string, variable: string) =>
    deployment.native(key) ?? (state.isSet(variable) ? state.reference(variable) : null);
  const [tenant, client, secret] = [
    own("tenant_id", "AZURE_TENANT_ID"),
    own("client_id", "AZURE_CLIENT_ID"),
    own("client_secret", "AZURE_CLIENT_SECRET"),
  ];
  const hasKey = deployment.param("api_key") !== undefined;
  const token = deployment.native("azure_ad_token");
  if (token !== null) {
    provider.set("api_key", token, deployment.at("azure_ad_token"));
    provider.set("key_header", "authorization", deployment.at("azure_ad_token"));
  } else if (!hasKey && tenant !== null && client !== null && secret !== null) {
    const url = `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token`;
    provider.set(["oauth", "token_url"], url, deployment.at("tenant_id"));
    provider.set(["oauth", "client_id"], client, deployment.at("client_id"));
    provider.set(["oauth", "client_secret"], secret, deployment.at("client_secret"));
    const scope = deployment.native("azure_scope");
    provider.set(
      ["oauth", "scope"],
      scope ?? ENTRA_SCOPE,
      scope === null ? null : deployment.at("azure_scope"),
    );
  } else readKey(deployment, deployment.prefix.keys);
}

/** `bedrock/[converse/|invoke/][REGION/]MODEL`. */
function readBedrock(deployment: Deployment): void {
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

/** Gemini by Google's own API, what others made and is hosted there by OpenAI's; Claude has an API of its own. */
function readVertex(deployment: Deployment): boolean {
  const { provider, state, draft } = deployment;
  const model = deployment.model.replace(/^gemini\//, "");
  if (/^(publishers\/anthropic\/|claude)/.test(model)) {
    draft.note(deployment.at("model"), "is not supported: Claude on Vertex AI; the deployment is left out");
    return false;
  }
  const own = (keys: readonly string[], variables: readonly string[]) => {
    const key = keys.find((name) => deployment.param(name) !== undefined);
    const variable = variables.find((name) => state.isSet(name));
    return key !== undefined
      ? { text: deployment.native(key) ?? "", original: deployment.at(key) }
      : variable !== undefined
      ? { text: state.reference(variable), original: null }
      : null;
  };
  const project = own(["vertex_project", "vertex_ai_project"], ["VERTEXAI_PROJECT", "VERTEX_PROJECT"]);
  const location = own(["vertex_location", "vertex_ai_location"], ["VERTEXAI_LOCATION", "VERTEX_LOCATION"])
    ?.text ?? "us-central1";
  const endpoint = deployment.native("api_base");
  if (endpoint === null && project === null) {
    draft.mistake(
      deployment.at("vertex_project"),
      "is missing; expected the project's name, or VERTEXAI_PROJECT",
    );
    return false;
  }
  const gemini = /^(gemini|text-embedding|textembedding|\*)/.test(model);
  deployment.model = model.replace(/^openai\//, "");
  if (!gemini) provider.set("type", "vertex_openai", deployment.at("model"));
  const host = location === "global" ? "aiplatform" : `${location}-aiplatform`;
  const url = `https://${host}.googleapis.com/v1/projects/${project?.text ?? ""}/locations/${location}/${
    gemini ? "publishers/google" : "endpoints/openapi"
  }`;
  provider.set(
    "base_url",
    endpoint ?? url,
    endpoint === null ? project?.original ?? null : deployment.at("api_base"),
  );
  readGoogleCredentials(deployment);
  return true;
}

/** A path, or the text of a key file; which of them a variable holds is looked up. */
function readGoogleCredentials(deployment: Deployment): void {
  const { provider, state, draft } = deployment;
  const key = ["vertex_credentials", "vertex_ai_credentials"].find((it) =>
    deployment.param(it) !== undefined
  );
  const given = key === undefined ? undefined : deployment.param(key);
  const path = deployment.at(key ?? "vertex_credentials");
  if (isMapping(given)) return provider.set("google_credentials", JSON.stringify(state.native(given)), path);
  const variable = given === undefined ? "GOOGLE_APPLICATION_CREDENTIALS" : referredVariable(given);
  const value = variable === null ? String(given) : state.valueOf(variable);
  if (value.trim().startsWith("{")) {
    provider.set(
      "google_credentials",
      variable === null ? state.text(given) : state.reference(variable),
      path,
    );
  } else if (value !== "") {
    provider.set("google_credentials", `\${file:${value}}`, path);
    if (variable !== null) {
      draft.remark(path, `${variable} names a file; its path now is in google_credentials`);
    }
  } else if (given !== undefined && variable !== null) {
    // It is told when it is missed.
    provider.set("google_credentials", state.reference(variable), path);
  } else {
    draft.note(path, "is missing: the gateway knows no default credentials of Google's; name a key file");
  }
}
