import type { RunStore } from "../../lib/stores/run_store.ts";

/** A store of runs that does some things otherwise. */
export function runStoreWith(store: RunStore, otherwise: Partial<RunStore>): RunStore {
  return {
    begin: (...given) => store.begin(...given),
    update: (...given) => store.update(...given),
    append: (...given) => store.append(...given),
    finish: (...given) => store.finish(...given),
    events: (...given) => store.events(...given),
    renew: (...given) => store.renew(...given),
    abandoned: (...given) => store.abandoned(...given),
    ...otherwise,
  };
}
