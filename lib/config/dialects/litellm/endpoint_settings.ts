import { catalogRow } from "../../../providers/catalog.ts";
import type { Deployment } from "./deployment.ts";
import { isReference, referredVariable } from "./state.ts";

/** Where a deployment's URL is from, and the URL where it can be known here. */
export function baseOf(
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

/** Its URL: the file's, else a variable's, else the prefix's. */
export function readBase(deployment: Deployment): void {
  const { provider, prefix, state } = deployment;
  const type = String(provider.get("type"));
  if (type === "mock") return;
  const key = ["api_base", "base_url"].find((name) => deployment.param(name) !== undefined);
  const variable = prefix.bases.find((name) => state.isSet(name));
  if (key !== undefined) {
    const given = deployment.param(key);
    const text = state.text(given);
    const base = isReference(given) ? text : cleanBase(text, type);
    provider.set("base_url", withAnthropic(base, deployment), deployment.at(key));
  } else if (variable !== undefined) {
    provider.set("base_url", withAnthropic(state.reference(variable), deployment), null);
  } else if (prefix.url !== null) provider.set("base_url", prefix.url, null);
  else if (catalogRow(type)?.baseUrl === null) {
    // Its URL has to come from somewhere; the variable is where LiteLLM's users have it.
    if (prefix.bases.length > 0) {
      provider.set("base_url", state.firstOf(prefix.bases), deployment.at("api_base"));
    } else provider.place("base_url", deployment.at("api_base"));
  }
}

/** Azure's Foundry has Claude's own API below its URL. */
function withAnthropic(base: string, deployment: Deployment): string {
  if (deployment.prefixName !== "azure_ai" || deployment.provider.get("type") !== "anthropic") return base;
  return (baseOf(deployment)?.value ?? base).replace(/\/+$/, "").endsWith("/anthropic")
    ? base
    : `${base}/anthropic`;
}

/** LiteLLM takes URLs of endpoints for those of APIs. */
function cleanBase(url: string, type: string): string {
  let base = url.replace(/\/+$/, "").replace(/\/(chat\/completions|completions|embeddings|responses)$/, "");
  if (type === "anthropic") base = base.replace(/\/v1\/messages$/, "");
  if (type === "azure") base = base.replace(/\/openai(\/v1|\/deployments\/.*)?$/, "");
  return base;
}

/** Its key. @param variables where the key is where the file does not say. */
export function readKey(deployment: Deployment, variables: readonly string[]): void {
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
