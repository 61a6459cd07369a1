import { VERSION } from "../version.ts";
import type { Command } from "./command.ts";

export const version: Command = {
  name: "version",
  summary: "Print the version",
  about: "Prints the version of the gateway, and of the runtime it was built with.",
  flags: [],
  examples: ["gateway version"],
  run(_flags, system) {
    const { deno, v8 } = Deno.version;
    system.out(`llm-gateway ${VERSION} (deno ${deno}, v8 ${v8}, ${Deno.build.target})`);
    return Promise.resolve(0);
  },
};
