import { formatPath, type Path } from "../../path.ts";
import type { Draft } from "../draft.ts";

interface Setting {
  readonly key: Path;
  readonly value: unknown;
  /** Null: LiteLLM's default. */
  readonly original: Path | null;
}

/** A native provider in the making: what a deployment says of who answers. */
export class ProviderDraft {
  readonly #settings: Setting[] = [];
  /** Not set, and where they would be written. */
  readonly #places: { readonly key: Path; readonly original: Path }[] = [];
  #owner = "";

  set(key: string | Path, value: unknown, original: Path | null): void {
    this.#settings.push({ key: typeof key === "string" ? [key] : key, value, original });
  }

  place(key: string, original: Path): void {
    this.#places.push({ key: [key], original });
  }

  has(key: string): boolean {
    return this.#settings.some((it) => it.key[0] === key);
  }

  get(key: string): unknown {
    return this.#settings.find((it) => it.key[0] === key)?.value;
  }

  /** No other deployment has it. */
  alone(owner: string): void {
    this.#owner = owner;
  }

  /** Equal where two deployments have one provider. */
  get identity(): string {
    const settings = this.#settings.map(({ key, value }) => JSON.stringify([formatPath(key), value]));
    return [this.#owner, ...settings.toSorted()].join();
  }

  write(draft: Draft, name: string): void {
    for (const { key, value, original } of this.#settings) {
      draft.set(["providers", name, ...key], value, original);
    }
    for (const { key, original } of this.#places) draft.place(["providers", name, ...key], original);
  }
}

/** Gives providers their names, those with equal settings the same one. */
export class ProviderNames {
  readonly #draft: Draft;
  readonly #byIdentity = new Map<string, string>();
  readonly #taken = new Set<string>();

  constructor(draft: Draft) {
    this.#draft = draft;
  }

  /** @param wished what it is called where that is free. */
  nameOf(provider: ProviderDraft, wished: string): string {
    const known = this.#byIdentity.get(provider.identity);
    if (known !== undefined) return known;
    const base = provider.get("base_url");
    const host = typeof base === "string" ? hostWord(base) : "";
    const candidates = [wished, ...(host === "" ? [] : [`${wished}-${host}`])];
    let name = candidates.find((it) => !this.#taken.has(it));
    for (let number = 2; name === undefined; number++) {
      if (!this.#taken.has(`${wished}-${number}`)) name = `${wished}-${number}`;
    }
    this.#taken.add(name);
    this.#byIdentity.set(provider.identity, name);
    provider.write(this.#draft, name);
    return name;
  }
}

/** The first part of a host's name: `https://eu-1.openai.azure.com` → `eu-1`. */
function hostWord(url: string): string {
  const host = URL.parse(url)?.hostname ?? "";
  return /^[a-z][a-z0-9-]*/.exec(host)?.[0] ?? host.replaceAll(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
}
