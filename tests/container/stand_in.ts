/**
 * Images under the names that docker-compose files have for them, made of programs that are here, where no registry
 * is reached: the files run as they are.
 */
import { type Tool, toolPath } from "../requires.ts";
import { containers } from "./containers.ts";

export interface StandIn {
  /** The name in the docker-compose file, with its tag. */
  readonly image: string;
  readonly tool: Tool;
  /** Arguments that the published image has by default. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export async function buildStandIn({ image, tool, args, env = {} }: StandIn): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "stand-in-" });
  try {
    await Deno.copyFile(toolPath(tool) ?? "", `${folder}/program`);
    const variables = Object.entries(env).map(([name, value]) => `ENV ${name}=${value}\n`);
    await Deno.writeTextFile(
      `${folder}/Dockerfile`,
      `FROM docker.io/library/debian:bookworm-slim\n${variables.join("")}COPY program /program\n` +
        `ENTRYPOINT ["/program"]\nCMD ${JSON.stringify(args)}\n`,
    );
    const name = `docker.io/${image}`;
    const { code, stderr } = await containers("build", "--quiet", "--pull=never", "--tag", name, folder);
    if (code !== 0) throw new Error(`Cannot build ${image}: ${stderr}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
