import type { Path, Tree } from "../../path.ts";
import type { Draft } from "../draft.ts";
import { ProviderDraft } from "./provider_draft.ts";
import type { ProviderPrefix } from "./provider_prefixes.ts";
import type { LiteLlmState } from "./state.ts";

/** One entry of `model_list` that the gateway can serve, while it is converted. */
export class Deployment {
  readonly state: LiteLlmState;
  readonly draft: Draft;
  /** As clients ask for it. */
  readonly group: string;
  /** Of the entry. */
  readonly path: Path;
  readonly params: Tree;
  readonly prefixName: string;
  readonly prefix: ProviderPrefix;
  /** The model's name at the provider. */
  model: string;
  readonly provider = new ProviderDraft();
  /** The native provider's name, once it has one. */
  providerName = "";
  /** Shares of the traffic, in the order in which LiteLLM looks for them. */
  readonly shares: Record<"weight" | "rpm" | "tpm", { readonly value: number; readonly path: Path } | null> =
    {
      weight: null,
      rpm: null,
      tpm: null,
    };
  order: { readonly value: number; readonly path: Path } | null = null;
  /** US dollars in a period. */
  budget: { readonly value: number; readonly path: Path } | null = null;
  contextLength: { readonly value: unknown; readonly path: Path } | null = null;
  /** US dollars a token, by the native key of `prices`. */
  readonly prices = new Map<string, { readonly value: number; readonly path: Path }>();
  readonly #credential: { readonly values: Tree; readonly path: Path } | null;

  constructor(
    state: LiteLlmState,
    entry: {
      readonly group: string;
      readonly path: Path;
      readonly params: Tree;
      readonly prefixName: string;
      readonly prefix: ProviderPrefix;
      readonly model: string;
      readonly credential: { readonly values: Tree; readonly path: Path } | null;
    },
  ) {
    this.state = state;
    this.draft = state.draft;
    this.group = entry.group;
    this.path = entry.path;
    this.params = entry.params;
    this.prefixName = entry.prefixName;
    this.prefix = entry.prefix;
    this.model = entry.model;
    this.#credential = entry.credential;
  }

  /** A parameter, or the credential's that it names; undefined where neither has it. */
  param(key: string): unknown {
    return this.params[key] ?? this.#credential?.values[key] ?? undefined;
  }

  /** Where a parameter is written, or would be. */
  at(key: string): Path {
    const own = [...this.path, "litellm_params", key];
    if ((this.params[key] ?? null) !== null || this.#credential?.values[key] === undefined) return own;
    return [...this.#credential.path, key];
  }

  /** A parameter in the native form; null where it is not given. */
  native(key: string): string | null {
    const value = this.param(key);
    return value === undefined ? null : this.state.text(value);
  }
}
