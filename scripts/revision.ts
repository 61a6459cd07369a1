const root = new URL("..", import.meta.url);

/** The commit that is checked out, and whether the gateway's code differs from it. */
export async function revision(): Promise<string> {
  const head = await git("rev-parse", "--short", "HEAD");
  const changed = await git("status", "--porcelain", "--", "lib", "main.ts") !== "";
  return changed ? `${head} with changes` : head;
}

async function git(...args: string[]): Promise<string> {
  const { stdout } = await new Deno.Command("git", { args, cwd: root, stdin: "null" }).output();
  return new TextDecoder().decode(stdout).trim();
}
