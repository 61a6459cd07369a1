import { Caller, CallFailure, type CallOptions } from "./http/caller.ts";
import { type Json, parseJson } from "./json.ts";
import { authorization, type Target } from "./target.ts";
import { ToolError } from "./tool_error.ts";

const decoder = new TextDecoder();

/** What somebody can do who was refused for want of a key. */
export const ASKS_FOR_MASTER_KEY =
  "asks for the gateway's master key: give it with --master-key or GATEWAY_MASTER_KEY";

/** Asks a gateway's admin API. @throws {ToolError} that says what it answered, or that it did not. */
export async function askAdmin(
  target: Target,
  method: NonNullable<CallOptions["method"]>,
  path: string,
  body?: unknown,
): Promise<Record<string, Json>> {
  const caller = new Caller(target, { timeoutMs: 30_000 });
  try {
    const answer = await caller.call({
      method,
      path,
      headers: authorization(target),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (answer.status === 401 && target.key === null) {
      throw new ToolError(`${target.url.href.replace(/\/$/, "")} ${ASKS_FOR_MASTER_KEY}`);
    }
    const json = parseJson(decoder.decode(answer.body));
    if (answer.status < 300 && json !== null) return json;
    const said = json?.["error"]?.message ?? `answered ${answer.status}, and not as a gateway's admin API`;
    throw new ToolError(`${target.url.href.replace(/\/$/, "")}: ${said}`);
  } catch (error) {
    if (!(error instanceof CallFailure)) throw error;
    throw new ToolError(`${target.url.href.replace(/\/$/, "")} does not answer: ${error.message}`);
  } finally {
    await caller.close();
  }
}
