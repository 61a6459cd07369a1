import type { GenerationOptions } from "../endpoints/generation.ts";
import {
  cancelInteraction,
  createInteraction,
  deleteInteraction,
  getInteraction,
} from "../endpoints/interactions.ts";
import type { Route } from "../server/router.ts";
import type { InstrumentedStore } from "../stores/instrumented_store.ts";

const VERSIONS = ["/v1beta", "/v1", "/v1alpha"];

/** Google's Interactions API. */
export function interactionRoutes(options: GenerationOptions, turns: InstrumentedStore): Route[] {
  const create = createInteraction(options, turns);
  const get = getInteraction(turns);
  const remove = deleteInteraction(turns);
  const cancel = cancelInteraction(turns);
  return VERSIONS.flatMap((version) => {
    const [all, one] = [`${version}/interactions`, `${version}/interactions/{id}`];
    const routes: Omit<Route, "dialect">[] = [
      { method: "POST", path: all, handler: create },
      { method: "GET", path: one, handler: get },
      { method: "DELETE", path: one, handler: remove },
      { method: "POST", path: `${one}/cancel`, handler: cancel },
    ];
    return routes.map((route): Route => ({ ...route, dialect: "google" }));
  });
}
