import { nearest } from "../../../nearest.ts";
import { isMapping, type Path, type Tree } from "../../path.ts";
import { convertKeys, namesOf } from "../key_table.ts";
import { Deployment } from "./deployment.ts";
import { INFO } from "./info_keys.ts";
import { PARAMS } from "./params_keys.ts";
import { ProviderNames } from "./provider_draft.ts";
import { KNOWN_MODELS, PROVIDER_PREFIXES, UNSERVED_PREFIXES } from "./provider_prefixes.ts";
import { readProvider } from "./provider_settings.ts";
import { type LiteLlmState, referredVariable } from "./state.ts";

const ENTRY_KEYS = ["model_name", "litellm_params", "model_info"];

/** The deployments that the gateway can serve, in the order of the file, each with its native provider. */
export function readModelList(state: LiteLlmState, given: unknown): Deployment[] {
  const path = ["model_list"];
  if (given === undefined || given === null) return [];
  if (!Array.isArray(given)) {
    state.draft.mistake(path, "expected a list of models");
    return [];
  }
  const providers = new ProviderNames(state.draft);
  return given.flatMap((entry, index): Deployment[] => {
    const deployment = readEntry(state, entry, [...path, index]);
    if (deployment === null) return [];
    deployment.providerName = providers.nameOf(deployment.provider, wishedName(deployment));
    return [deployment];
  });
}

/** The prefix; for what has OpenAI's API elsewhere the place. */
function wishedName({ prefixName, provider }: Deployment): string {
  if (provider.get("type") === "mock") return "mock";
  const name = prefixName.replaceAll("/", "-");
  return name === "openai" && provider.get("type") === "openai_compatible" ? "openai-compatible" : name;
}

function readEntry(state: LiteLlmState, entry: unknown, path: Path): Deployment | null {
  const { draft } = state;
  if (!isMapping(entry)) {
    draft.mistake(path, "expected a mapping with model_name and litellm_params");
    return null;
  }
  for (const key of Object.keys(entry)) {
    if (ENTRY_KEYS.includes(key)) continue;
    const near = nearest(key, ENTRY_KEYS);
    const home = Object.hasOwn(PARAMS.converted, key) ? "litellm_params" : near;
    draft.mistake(
      [...path, key],
      `unknown key${
        home === null ? "" : near === home ? `; did you mean "${near}"?` : `; it belongs into litellm_params`
      }`,
    );
  }
  const { model_name: group, litellm_params: params, model_info: info } = entry;
  if (typeof group !== "string" || group === "") {
    draft.mistake([...path, "model_name"], "is missing; expected the name that clients ask for");
    return null;
  }
  if (!isMapping(params)) {
    draft.mistake([...path, "litellm_params"], "is missing; expected a mapping with model");
    return null;
  }
  const served = servedBy(state, params, group, [...path, "litellm_params"]);
  if (served === null) return null;
  const deployment = new Deployment(state, { group, path, params, ...served });
  if (!readProvider(deployment)) return null;
  convertKeys(PARAMS, params, [...path, "litellm_params"], deployment);
  if (isMapping(info)) convertKeys(INFO, info, [...path, "model_info"], deployment);
  else if (info !== undefined && info !== null) draft.mistake([...path, "model_info"], "expected a mapping");
  const { maxParallel } = state;
  if (maxParallel !== null && !deployment.provider.has("max_connections")) {
    deployment.provider.set("max_connections", state.native(maxParallel.value), maxParallel.path);
    deployment.provider.alone(path.join("."));
  }
  return deployment;
}

/**
 * Who serves a model, by its prefix, and its name there; null where the gateway cannot ask them.
 * @param group what the model is called where a prefix stands alone: `azure/`.
 */
function servedBy(state: LiteLlmState, params: Tree, group: string, path: Path) {
  const { draft } = state;
  const here = [...path, "model"];
  const variable = referredVariable(params.model);
  const written = variable === null ? params.model : state.valueOf(variable);
  if (typeof written !== "string" || written === "") {
    draft.mistake(here, "is missing; expected PROVIDER/MODEL, such as openai/gpt-4o");
    return null;
  }
  if (variable !== null) draft.remark(here, `is what ${variable} said when the file was read`);
  const slash = written.indexOf("/");
  const before = slash < 0 ? "" : written.slice(0, slash);
  const custom = params.custom_llm_provider;
  const known = (name: string) => Object.hasOwn(PROVIDER_PREFIXES, name);
  const prefixName = typeof custom === "string"
    ? custom
    : before !== "" && (known(before) || namesOf(UNSERVED_PREFIXES).includes(before))
    ? before
    : written === "*"
    ? "openai"
    : KNOWN_MODELS.find(([start]) => start.test(written))?.[1] ?? null;
  if (prefixName === null) {
    const near = before === "" ? null : nearest(before, Object.keys(PROVIDER_PREFIXES));
    const advice = near === null ? "write openai/MODEL for an API like OpenAI's" : `did you mean "${near}"?`;
    const told = variable ?? (before === "" ? written : before);
    draft.mistake(here, `does not say who answers: "${told}"; ${advice}`);
    return null;
  }
  const prefix = PROVIDER_PREFIXES[prefixName];
  if (prefix === undefined || !known(prefixName)) {
    if (!namesOf(UNSERVED_PREFIXES).includes(prefixName)) {
      const near = nearest(prefixName, Object.keys(PROVIDER_PREFIXES));
      draft.mistake(
        [...path, "custom_llm_provider"],
        `no provider is called "${prefixName}"${near === null ? "" : `; did you mean "${near}"?`}`,
      );
    } else draft.note(here, `is not supported: the provider ${prefixName}; the deployment is left out`);
    return null;
  }
  const model = (before === prefixName ? written.slice(slash + 1) : written) || group;
  const name = params.litellm_credential_name;
  const credential = typeof name === "string" ? state.credentials.get(name) ?? null : null;
  if (typeof name === "string" && credential === null) {
    draft.mistake([...path, "litellm_credential_name"], `no entry of credential_list is called "${name}"`);
  }
  return { prefixName, prefix, model, credential };
}
