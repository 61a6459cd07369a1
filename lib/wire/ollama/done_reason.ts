import type { FinishReason } from "../canonical.ts";

const DECODED: Readonly<Record<string, FinishReason>> = { stop: "stop", length: "length" };

/** `stop` stands for calls as well; `load` and `unload` answer requests that ask for nothing. */
export function decodeDoneReason(reason: string | undefined, hasCalls: boolean): FinishReason {
  const decoded = DECODED[reason ?? "stop"] ?? "stop";
  return decoded === "stop" && hasCalls ? "tool_calls" : decoded;
}

export function encodeDoneReason(reason: FinishReason): string {
  return reason === "length" ? "length" : "stop";
}
