/** The program that runs containers: `docker`, `podman`, or one like them, as `CONTAINER_TOOL` says. */
export const CONTAINER_TOOL = Deno.env.get("CONTAINER_TOOL") ?? "podman";

/** The tool of `.ci/run` where no registry is reached; it wants its commands after `podman`. */
export const OWN_TOOL = CONTAINER_TOOL.endsWith("/containers");

/** The image that is tested; `.ci/run` builds it. */
export const GATEWAY_IMAGE = Deno.env.get("GATEWAY_IMAGE");

/** Runs one of the tool's commands to its end. */
export async function containers(
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(CONTAINER_TOOL, {
    args: [...OWN_TOOL ? ["podman"] : [], ...args],
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}
