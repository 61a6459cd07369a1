import { nearest } from "../nearest.ts";
import type { Report } from "./check.ts";
import type { ModelConfig, TargetConfig } from "./config.ts";
import { formatPath, type Path } from "./path.ts";
import { mergeTimeouts, type ResolvedProviders } from "./providers.ts";
import type { FileConfig } from "./schema.ts";

/** What the file says of providers and models, right or wrong, so that one mistake is told once. */
export interface WrittenNames {
  readonly providers: readonly string[];
  readonly models: readonly string[];
}

/** The models with the targets that can answer now; which ones these are is decided here, once, at start-up. */
export function resolveModels(
  file: FileConfig,
  { providers, disabled }: ResolvedProviders,
  written: WrittenNames,
  report: Report,
): Readonly<Record<string, ModelConfig>> {
  const models: Record<string, ModelConfig> = Object.create(null);
  const names = new Map<string, Path>(written.models.map((name) => [name, ["models", name]]));
  for (const [name, model] of Object.entries(file.models)) {
    const path = ["models", name];
    if (name === "") report.add(path, "a model's name cannot be empty");
    if (name.split("*").length > 2) report.add(path, "a model's name can have one * only");
    if (model.targets.length === 0) {
      report.add([...path, "targets"], 'is missing; expected "provider/model" or a list of these');
    }
    model.aliases.forEach((alias, index) => {
      const taken = names.get(alias);
      const here = [...path, "aliases", index];
      if (taken !== undefined) report.add(here, `"${alias}" is already the name of ${formatPath(taken)}`);
      else names.set(alias, here);
    });
    const targets: TargetConfig[] = [];
    const missing = new Set<string>();
    model.targets.forEach((target, index) => {
      const here = [...path, "targets", index];
      checkProviderName(target.provider, [...here, "provider"], written, report);
      if (target.model?.includes("*") === true && !name.includes("*")) {
        report.add([...here, "model"], "has a *, and the model's own name has none that it could stand for");
      }
      if (target.stands_in_for !== null) {
        checkProviderName(target.stands_in_for, [...here, "stands_in_for"], written, report);
        if (providers[target.stands_in_for] !== undefined) return;
      }
      const provider = providers[target.provider];
      const reason = disabled.get(target.provider)?.missing;
      if (reason !== undefined) missing.add(reason);
      if (provider === undefined) return;
      targets.push({
        provider: target.provider,
        model: target.model ?? name,
        weight: target.weight,
        timeouts: mergeTimeouts(provider.timeouts, model.timeouts),
        reasoningSwitch: model.reasoning_switch,
        dropParams: model.drop_params ?? provider.drop_params ?? file.drop_params,
      });
    });
    models[name] = {
      targets,
      aliases: model.aliases,
      missing: [...missing],
      can: model.can,
      contextLength: model.context_length,
      systemPrompt: model.system_prompt,
      policy: model.policy,
      hedge: model.hedge,
      continues: model.continue_streams,
      fallbacks: model.fallbacks,
      contextWindowFallbacks: model.context_window_fallbacks,
      contentPolicyFallbacks: model.content_policy_fallbacks,
    };
    for (const chain of ["fallbacks", "context_window_fallbacks", "content_policy_fallbacks"] as const) {
      model[chain].forEach((other, index) =>
        checkFallback(name, other, [...path, chain, index], written, report)
      );
    }
  }
  return models;
}

/** Whether the provider for what names no model is one of the file's. */
export function checkPassThrough(file: FileConfig, written: WrittenNames, report: Report): void {
  const { provider } = file.pass_through;
  if (provider !== null) checkProviderName(provider, ["pass_through", "provider"], written, report);
}

function checkFallback(name: string, other: string, path: Path, written: WrittenNames, report: Report): void {
  if (other === name) return report.add(path, "a model cannot stand in for itself");
  if (written.models.includes(other)) return;
  const near = nearest(other, written.models);
  report.add(path, `no model is called "${other}"${near === null ? "" : `; did you mean "${near}"?`}`);
}

function checkProviderName(name: string, path: Path, written: WrittenNames, report: Report): void {
  if (written.providers.includes(name)) return;
  const near = nearest(name, written.providers);
  const advice = near !== null
    ? `; did you mean "${near}"?`
    : written.providers.length > 0
    ? `; there are ${written.providers.join(", ")}`
    : "";
  report.add(path, `no provider is called "${name}"${advice}`);
}
