import { nearest } from "../../../nearest.ts";
import { readEnvironment } from "../../environment.ts";
import { isMapping, type Tree, valueAt } from "../../path.ts";
import { PROVIDER_TYPES, providerType } from "../../provider_types.ts";
import type { Dialect } from "../dialect.ts";
import { Draft } from "../draft.ts";
import { convertKeys, type KeyTable, namesOf } from "../key_table.ts";
import { nativeSections, takeOver } from "../native_sections.ts";
import { LITELLM_KEYS } from "../own_keys.ts";
import { GENERAL_SETTINGS } from "./general_settings.ts";
import { withIncludes } from "./includes.ts";
import { LITELLM_SETTINGS } from "./litellm_settings.ts";
import { writeModels } from "./model_groups.ts";
import { readModelList } from "./model_list.ts";
import { ROUTER_SETTINGS } from "./router_settings.ts";
import { LiteLlmState } from "./state.ts";

const OTHER_SECTIONS = ["environment_variables", "include", "credential_list"];

/** Sections that have no equivalent. */
export const UNSUPPORTED_SECTIONS =
  `guardrails mcp_servers mcp_tools prompts search_tools sandbox_tools files_settings finetune_settings
  assistant_settings vector_store_registry callback_settings policies policy_attachments agent_list agents
  default_vertex_config worker_registry plugins classifier_plugin custom_tokenizer`;

/** The order in which sections are read: what comes first beats what comes later. */
const SECTIONS: readonly (readonly [name: string, table: KeyTable<LiteLlmState>])[] = [
  ["general_settings", GENERAL_SETTINGS],
  ["router_settings", ROUTER_SETTINGS],
  ["litellm_settings", LITELLM_SETTINGS],
];

/**
 * LiteLLM's proxy. Sections of the gateway's own may stand in the same file, and beat its.
 * @see https://docs.litellm.ai/docs/proxy/config_settings
 */
export const litellm: Dialect = {
  title: "LiteLLM",
  recognises: (tree) => LITELLM_KEYS.some((name) => Object.hasOwn(tree, name)),
  convert(given, context) {
    const { document, mistakes } = withIncludes(given, context);
    const { tree } = document;
    const draft = new Draft(document);
    for (const { path, message } of mistakes) draft.mistake(path, message);
    const variables = isMapping(tree.environment_variables) ? tree.environment_variables : {};
    const state = new LiteLlmState(draft, context, variables);
    checkSections(tree, draft);
    readCredentials(state, tree.credential_list);
    for (const [name, table] of SECTIONS) {
      const section = tree[name];
      if (section === undefined || section === null) continue;
      if (isMapping(section)) convertKeys(table, section, [name], state);
      else draft.mistake([name], "expected a mapping of keys to values");
    }
    writeModels(state, readModelList(state, tree.model_list));
    writeHealthChecks(state);
    const set = writeVariables(state, variables);
    writeDefaults(state);
    for (const name of state.unused()) {
      if (!set.has(name)) draft.note(["environment_variables", name], UNUSED);
    }
    for (const name of nativeSections()) if (Object.hasOwn(tree, name)) takeOver(draft, [name], tree[name]);
    return draft.finish();
  },
};

function checkSections(tree: Tree, draft: Draft): void {
  const known = [...LITELLM_KEYS, ...OTHER_SECTIONS, ...nativeSections()];
  for (const name of Object.keys(tree)) {
    if (known.includes(name)) continue;
    const all = [...known, ...namesOf(UNSUPPORTED_SECTIONS)];
    if (namesOf(UNSUPPORTED_SECTIONS).includes(name)) {
      draft.note([name], "is not supported: the whole section does nothing here");
    } else {
      const near = nearest(name, all);
      draft.mistake([name], `unknown key${near === null ? "" : `; did you mean "${near}"?`}`);
    }
  }
}

function readCredentials(state: LiteLlmState, given: unknown): void {
  if (given === undefined || given === null) return;
  if (!Array.isArray(given)) {
    return state.draft.mistake(["credential_list"], "expected a list of credentials");
  }
  given.forEach((entry, index) => {
    const path = ["credential_list", index];
    if (!isMapping(entry) || typeof entry.credential_name !== "string") {
      return state.draft.mistake(path, "expected a mapping with credential_name and credential_values");
    }
    const values = isMapping(entry.credential_values) ? entry.credential_values : {};
    state.credentials.set(entry.credential_name, { values, path: [...path, "credential_values"] });
  });
}

/** Of those that tell of their health without being asked for an answer. */
function writeHealthChecks(state: LiteLlmState): void {
  const { draft, healthChecks: path } = state;
  if (path === null) return;
  const interval = ["general_settings", "health_check_interval"];
  const given = valueAt(draft.document.tree, interval);
  const time = given === undefined ? null : state.seconds(given, interval);
  const providers = draft.get(["providers"]);
  if (!isMapping(providers)) return;
  for (const [name, provider] of Object.entries(providers)) {
    const type = PROVIDER_TYPES.find((it) => isMapping(provider) && it === provider.type);
    const native = ["providers", name, "health_check", "interval"];
    if (type !== undefined && providerType(type).hasHealth) {
      draft.set(native, time ?? HEALTH_INTERVAL, time === null ? path : interval);
    } else draft.note(path, `is not supported for ${name}: it has no path that tells its health`);
  }
}

/** LiteLLM's. */
const HEALTH_INTERVAL = "300s";

const UNUSED = "does nothing here; set it in the environment where it is for that";

/** Variables that set a key here do so as the file would: the environment's own beat them. @returns their names. */
function writeVariables({ draft }: LiteLlmState, variables: Tree): ReadonlySet<string> {
  const { settings } = readEnvironment((name) => {
    const value = variables[name];
    return value === undefined || value === null || isMapping(value) ? undefined : String(value);
  });
  for (const { path, value, variable } of settings) {
    if (value !== undefined) draft.setDefault(path, value, ["environment_variables", variable]);
  }
  return new Set(settings.map(({ variable }) => variable));
}

/** What LiteLLM does where its file says nothing. */
function writeDefaults(state: LiteLlmState): void {
  const { draft } = state;
  draft.setDefault(["server", "port"], 4000);
  if (!draft.has(["auth", "master_key"]) && state.isSet("LITELLM_MASTER_KEY")) {
    draft.set(["auth", "master_key"], state.reference("LITELLM_MASTER_KEY"), null);
    draft.set(["auth", "master_key_for_clients"], true, null);
  }
  if (state.isSet("LITELLM_LOG")) draft.setDefault(["logging", "level"], state.reference("LITELLM_LOG"));
  draft.setDefault(["observability", "conventions"], ["llmrouter", "gen_ai"]);
  draft.setDefault(["observability", "metrics", "profiles"], ["gateway", "litellm"]);
  draft.setDefault(["observability", "tracing", "service_name"], "litellm-gateway");
}
