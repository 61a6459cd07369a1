/** Workers' modules, from the root of the repository: no import names them, so `deno compile` has to be told. */
export const WORKERS: readonly string[] = ["lib/stores/sqlite/worker.ts"];
