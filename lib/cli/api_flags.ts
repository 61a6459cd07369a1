import { API_NAMES, type ApiName } from "../tools/apis.ts";
import { type Flag, UsageError } from "./args.ts";
import { flagNumber, type Flags, flagValue } from "./command.ts";

const TIMEOUT_SECONDS = 120;

/** Flags that say which API is called, and how long it may take. */
export const API_FLAGS: readonly Flag[] = [
  { name: "api", value: "NAME", about: `${API_NAMES.join(", ")} (chat)` },
  { name: "timeout", value: "SECONDS", about: `the most that a request may take (${TIMEOUT_SECONDS})` },
];

/** @throws {UsageError} where there is no such API. */
export function apiNameOf(flags: Flags, command: string): ApiName {
  const name = flagValue(flags, "api") ?? "chat";
  const known = API_NAMES.find((each) => each === name);
  if (known !== undefined) return known;
  throw new UsageError(`--api: expected ${API_NAMES.join(", ")}, got "${name}"`, command);
}

export function timeoutMsOf(flags: Flags, command: string): number {
  return flagNumber(flags, "timeout", command, TIMEOUT_SECONDS, { min: 0.001 }) * 1000;
}
