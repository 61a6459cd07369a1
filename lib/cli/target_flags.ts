import { findTarget, type Target } from "../tools/target.ts";
import type { Flag } from "./args.ts";
import { type Flags, flagValue } from "./command.ts";
import type { System } from "./system.ts";

/** Flags that say which server a tool talks to. */
export const TARGET_FLAGS: readonly Flag[] = [
  { name: "url", value: "URL", about: "the server (else GATEWAY_URL, else port 8080, else port 4000)" },
  {
    name: "key",
    value: "KEY",
    about: "its key (else GATEWAY_API_KEY, OPENAI_API_KEY or LITELLM_MASTER_KEY)",
  },
];

/** Flags that say which gateway's event stream is read. */
export const EVENT_FLAGS: readonly Flag[] = [
  { name: "url", value: "URL", about: "read this gateway's event stream, not a log" },
  { name: "master-key", value: "KEY", about: "its master key (else GATEWAY_MASTER_KEY)" },
];

export const MODEL_FLAG: Flag = {
  name: "model",
  value: "MODEL",
  about: "the model (the first that the server lists)",
};

export const JSON_FLAG: Flag = { name: "json", value: null, about: "print it as JSON, for programs" };

/** The server that the flags, or the environment, name. @throws {ToolError} */
export function targetOf(flags: Flags, system: System): Promise<Target> {
  return findTarget({
    url: flagValue(flags, "url"),
    key: flagValue(flags, "key"),
    env: (name) => system.env(name),
    readFile: (path) => system.readFile(path),
  });
}

/** The same for what asks for the gateway's master key. @throws {ToolError} */
export function adminTargetOf(flags: Flags, system: System): Promise<Target> {
  return findTarget({
    url: flagValue(flags, "url"),
    key: flagValue(flags, "master-key") ?? (system.env("GATEWAY_MASTER_KEY") || null),
    env: (name) => system.env(name),
    readFile: (path) => system.readFile(path),
  });
}
