import { nearest } from "../../../nearest.ts";
import type { Path } from "../../path.ts";
import { type Endpoint, providerName } from "./endpoints.ts";
import type { Reader } from "./reader.ts";

/** How reasoning is asked for: by effort, by a switch of the chat template, or not at all. */
export type Reasoning = { readonly by: "effort" } | { readonly by: "switch"; readonly name: string } | null;

/** What `model_config` has of each model that can be asked. */
export type Models = ReadonlyMap<string, { readonly reasoning: Reasoning }>;

interface Target {
  readonly provider: string;
  readonly model: string;
  readonly weight: number;
  readonly original: Path;
}

export function convertModels(reader: Reader, endpoints: readonly Endpoint[]): Models {
  const models = new Map<string, { readonly reasoning: Reasoning }>();
  const configured = reader.names(["model_config"]);
  const offered = endpoints.flatMap((endpoint) => endpoint.models ?? []);
  for (const name of new Set([...configured, ...offered])) {
    const path = ["model_config", name];
    const reasoning = reasoningOf(reader, path);
    const targets = targetsOf(reader, name, path, endpoints);
    const adapters = reader.entries([...path, "loras"]).flatMap((lora) => {
      const adapter = reader.text([...lora, "name"]);
      return adapter === null ? [] : [{ adapter, original: lora }];
    });
    put(reader, name, targets, reasoning, path);
    models.set(name, { reasoning });
    const window = [...path, "context_window_size"];
    if (reader.has(window)) {
      reader.draft.set(["models", name, "context_length"], reader.value(window), window);
    }
    convertPrices(reader, path, targets);
    for (const { adapter, original } of adapters) {
      // An adapter is asked for by its own name, wherever its model is.
      if (models.has(adapter) || configured.includes(adapter)) continue;
      put(reader, adapter, targets.map((it) => ({ ...it, model: adapter, original })), reasoning, original);
      models.set(adapter, { reasoning });
    }
  }
  return models;
}

function put(
  { draft }: Reader,
  name: string,
  targets: readonly Target[],
  reasoning: Reasoning,
  original: Path,
): void {
  draft.place(["models", name], original);
  targets.forEach(({ provider, model, weight, original }, index) => {
    const short = `${provider}/${model}`;
    const target = weight === 1 ? short : { provider, model, weight };
    draft.set(["models", name, "targets", index], target, original);
  });
  if (targets.length === 0) draft.set(["models", name, "targets"], [], original);
  if (reasoning?.by === "switch") {
    draft.set(["models", name, "reasoning_switch"], reasoning.name, original);
  }
}

function targetsOf(reader: Reader, name: string, path: Path, endpoints: readonly Endpoint[]): Target[] {
  const { draft } = reader;
  const chosen: { endpoint: Endpoint; original: Path }[] = [];
  const preferred = reader.entries([...path, "preferred_endpoints"]);
  for (const original of preferred) {
    const wanted = reader.text(original);
    const endpoint = endpoints.find((it) => it.name === wanted);
    if (endpoint !== undefined) chosen.push({ endpoint, original });
    else if (wanted !== null) {
      const near = nearest(wanted, endpoints.map((it) => it.name));
      const advice = near === null ? "" : `; did you mean "${near}"?`;
      draft.mistake(original, `no endpoint is called "${wanted}"${advice}`);
    }
  }
  if (preferred.length === 0) {
    const naming = endpoints.filter((it) => it.models?.includes(name));
    const anthropic = reader.text([...path, "api_format"]) === "anthropic";
    if (naming.length === 0 && !anthropic && endpoints.length > 1) {
      draft.remark(path, "names no preferred_endpoints: all endpoints are asked for it", ["models", name]);
    }
    const all = naming.length > 0 || anthropic ? naming : endpoints;
    for (const endpoint of all) chosen.push({ endpoint, original: path });
  }
  return ownProviders(reader, name, path, chosen).map(({ provider, type, weight, original }) => ({
    provider,
    model: externalName(reader, path, type) ?? name,
    weight,
    original,
  }));
}

/**
 * Keys and API formats are a provider's here and a model's there: a model that has one gets providers of its own, at
 * the same addresses.
 */
function ownProviders(
  reader: Reader,
  name: string,
  path: Path,
  chosen: readonly { endpoint: Endpoint; original: Path }[],
): { provider: string; type: string; weight: number; original: Path }[] {
  const { draft } = reader;
  const keyPath = [...path, reader.has([...path, "access_key"]) ? "access_key" : "api_key"];
  const key = reader.text(keyPath);
  const format = reader.word([...path, "api_format"], ["openai", "anthropic"]) ?? "openai";
  if (key === null && format === "openai") {
    return chosen.map(({ endpoint, original }) => ({ ...endpoint, original }));
  }
  const own = (provider: string, type: string, url: unknown, original: Path) => {
    draft.set(["providers", provider, "type"], type, original);
    if (url !== undefined) draft.set(["providers", provider, "base_url"], url, original);
    if (key !== null) draft.set(["providers", provider, "api_key"], key, keyPath);
  };
  if (chosen.length === 0 && format === "anthropic") {
    const provider = providerName(`anthropic-${name}`);
    own(provider, "anthropic", undefined, path);
    return [{ provider, type: "anthropic", weight: 1, original: path }];
  }
  return chosen.map(({ endpoint, original }) => {
    const provider = providerName(`${endpoint.name}-${name}`);
    const type = format === "anthropic" ? "anthropic" : endpoint.type;
    own(provider, type, draft.get(["providers", endpoint.provider, "base_url"]), original);
    return { provider, type, weight: endpoint.weight, original };
  });
}

/** What the model is called at such a provider; null: as here. */
function externalName(reader: Reader, path: Path, type: string): string | null {
  return reader.text([...path, "external_model_ids", type]);
}

function reasoningOf(reader: Reader, path: Path): Reasoning {
  const { draft } = reader;
  const at = [...path, "reasoning_family"];
  const family = reader.text(at);
  if (family === null) return null;
  const known = reader.names(["reasoning_families"]);
  if (!known.includes(family)) {
    const near = nearest(family, known);
    const advice = near === null ? "" : `; did you mean "${near}"?`;
    draft.note(at, `no reasoning family is called "${family}"${advice} The model is not told to reason`);
    return null;
  }
  const here = ["reasoning_families", family];
  const type = reader.word([...here, "type"], ["chat_template_kwargs", "reasoning_effort"]);
  const parameter = reader.text([...here, "parameter"]);
  if (type === null) {
    if (!reader.has([...here, "type"])) {
      draft.mistake([...here, "type"], "is missing; expected chat_template_kwargs or reasoning_effort");
    }
    return null;
  }
  if (type === "reasoning_effort") {
    if (parameter !== null && parameter !== "reasoning_effort") {
      draft.note(
        [...here, "parameter"],
        `is not read: the effort goes out as reasoning_effort, or as the provider's own API has it`,
      );
    }
    return { by: "effort" };
  }
  if (parameter !== null) return { by: "switch", name: parameter };
  draft.mistake([...here, "parameter"], "is missing; expected the switch of the chat template");
  return null;
}

const PRICES = [
  ["prompt_per_1m", "input"],
  ["completion_per_1m", "output"],
  ["cached_input_per_1m", "cached_input"],
  ["cache_write_per_1m", "cache_write"],
] as const;

function convertPrices(reader: Reader, path: Path, targets: readonly Target[]): void {
  const { draft } = reader;
  const pricing = [...path, "pricing"];
  if (!reader.has(pricing)) return;
  const currency = reader.text([...pricing, "currency"]) ?? "USD";
  if (currency.toUpperCase() !== "USD") {
    draft.note([...pricing, "currency"], `costs are in US dollars here: prices in ${currency} are left out`);
    return;
  }
  for (const { provider, model } of targets) {
    for (const [theirs, ours] of PRICES) {
      const original = [...pricing, theirs];
      const price = reader.value(original);
      if (price !== undefined) draft.set(["prices", `${provider}/${model}`, ours], price, original);
    }
  }
}
