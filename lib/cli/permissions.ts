import type { Config } from "../config/config.ts";
import { writesFiles } from "../config/writes_files.ts";

/**
 * Gives up what a process that serves needs no more, once it has started: whoever makes it run code of theirs cannot
 * start programs, load libraries or code from elsewhere, ask what machine it is on, or write where nothing is to be
 * written.
 *
 * What stays, since Deno cannot take a part of what was given as a whole: the network (providers are looked up, and the
 * next configuration may name others), reading (the configuration and its secrets are read anew, workers and
 * packages loaded when they are used), and the environment (the next configuration may name its variables).
 *
 * The binary's permissions are frozen into it; whoever runs the source says which it has, and is not interfered with:
 * of `--allow-all` no part can be given up without losing what needs all of it, such as counting open files.
 *
 * @param starts whether the process starts others: its workers.
 */
export async function dropPermissions(
  config: Config,
  starts: boolean,
  binary = Deno.build.standalone,
): Promise<void> {
  if (!binary) return;
  const needless: Deno.PermissionName[] = ["ffi", "sys"];
  if (!starts) needless.push("run");
  if (!writesFiles(config)) needless.push("write");
  for (const name of needless) await Deno.permissions.revoke({ name } as Deno.PermissionDescriptor);
}
