import { run } from "./lib/cli/run.ts";
import { denoSystem } from "./lib/cli/system.ts";

Deno.exit(await run(Deno.args, denoSystem));
