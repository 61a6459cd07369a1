/** Workers' modules, from the root of the repository: no import names them, so the bundler has to be told. */
export const WORKERS: readonly string[] = ["lib/stores/sqlite/worker.ts"];
