#!/usr/bin/env -S deno run --allow-all
import { run } from "../../lib/cli/run.ts";
import { denoSystem } from "../../lib/cli/system.ts";

Deno.exit(await run(["profile-latency", ...Deno.args], denoSystem));
