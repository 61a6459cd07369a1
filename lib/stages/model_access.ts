import { GatewayError } from "../errors.ts";
import type { Access } from "../stores/key_access.ts";
import type { RoutedRequest } from "./json_request.ts";
import type { ModelEntry, ModelTable } from "./model_table.ts";
import { unknownModel } from "./routing_decision.ts";
import type { Stage } from "./stage.ts";

/** Names that a refusal lists at most. */
const SHOWN = 20;
/** Characters of a name that it shows. */
const NAME_LENGTH = 100;

/**
 * Refuses models that the caller's key may not ask for. First among the stages, so that no other tells anything of
 * them, and once more where the model is decided. Left out where no key is restricted.
 * @param autoNames models for which one is chosen, among those that the key may ask for.
 */
export function modelAccess(models: ModelTable, autoNames: ReadonlySet<string>): Stage<RoutedRequest> {
  return {
    name: "model_access",
    phase: null,
    run(exchange, { model }) {
      const access = exchange.principal?.access ?? null;
      if (access === null || !access.models.restricted || autoNames.has(model)) return null;
      const entry = models.get(model);
      if (!mayAsk(access, entry ?? { name: model })) throw modelNotAllowed(access, model);
      if (entry !== undefined) return null;
      // The nearest is to be one that the key may ask for.
      throw unknownModel(model, visible(models, access).map(({ name }) => name));
    },
  };
}

/** The models that a key may ask for; with no restriction all. */
export function visible(models: ModelTable, access: Access | null): ModelEntry[] {
  const all = [...models.values()];
  return access === null ? all : all.filter((entry) => mayAsk(access, entry));
}

/** By the name that is asked for, or by the model's own where that is an alias; of those that are chosen for, by any. */
export function mayAsk(
  { models }: Access,
  { name, canonical, choices }: Pick<ModelEntry, "name" | "canonical" | "choices">,
): boolean {
  if (choices !== undefined) return choices.some((choice) => models.has(choice));
  return models.has(name) || (canonical !== undefined && models.has(canonical));
}

/** 403 that names the model and what the key may ask for. */
export function modelNotAllowed({ models }: Access, asked: string): GatewayError {
  const shown = asked.length > NAME_LENGTH ? `${asked.slice(0, NAME_LENGTH)}…` : asked;
  const all = models.shown();
  const listed = all.slice(0, SHOWN).join(", ") + (all.length > SHOWN ? ", …" : "");
  const hint = listed === "" ? "It may use none." : `It may use: ${listed}.`;
  return new GatewayError("model_not_allowed", `This API key may not use the model '${shown}'. ${hint}`, {
    param: "model",
  });
}
