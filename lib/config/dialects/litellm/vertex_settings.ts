import { isMapping } from "../../path.ts";
import type { Deployment } from "./deployment.ts";
import { referredVariable } from "./state.ts";

/** Gemini by Google's own API, what others made and is hosted there by OpenAI's; Claude has an API of its own. */
export function readVertex(deployment: Deployment): boolean {
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
  const variable = /^\$\{(\w+)/.exec(location)?.[1];
  // Its host's name has no location in it.
  const isGlobal = (variable === undefined ? location : state.valueOf(variable)) === "global";
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
  const host = isGlobal ? "aiplatform" : `${location}-aiplatform`;
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
