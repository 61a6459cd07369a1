import type { Deployment } from "./deployment.ts";
import { readKey } from "./endpoint_settings.ts";

const ENTRA_SCOPE = "https://cognitiveservices.azure.com/.default";

/** A version, and a key, a token of Entra, or what such tokens are got with. */
export function readAzure(deployment: Deployment): void {
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
