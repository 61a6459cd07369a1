/** A tool cannot do what it was asked for; the message is for people. */
export class ToolError extends Error {
  override readonly name = "ToolError";

  /** @param code the program's exit code: 1, or 2 where what it was given is no good. */
  constructor(message: string, readonly code: 1 | 2 = 1) {
    super(message);
  }
}
