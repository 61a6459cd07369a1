import { isMapping } from "../../path.ts";
import type { Deployment } from "./deployment.ts";
import { readAzure } from "./azure_settings.ts";
import { readBedrock } from "./bedrock_settings.ts";
import { baseOf, readBase, readKey } from "./endpoint_settings.ts";
import { readVertex } from "./vertex_settings.ts";

/** What a deployment says of who answers. @returns whether the gateway can ask them. */
export function readProvider(deployment: Deployment): boolean {
  const { provider, prefix, state } = deployment;
  const type = typeOf(deployment);
  provider.set("type", type, deployment.at("model"));
  switch (type) {
    case "vertex":
      if (!readVertex(deployment)) return false;
      break;
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
  if (type.startsWith("openai")) deployment.model = deployment.model.replace(/^responses\//, "");
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
