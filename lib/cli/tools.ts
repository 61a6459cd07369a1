import type { Command } from "./command.ts";

/** The operator's tools by name, loaded when they are called: what serves does not wait for them. */
export const TOOLS: Readonly<Record<string, () => Promise<Command>>> = {
  "test-request": async () => (await import("./test_request.ts")).testRequest,
};
