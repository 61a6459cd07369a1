import { Caller, CallFailure } from "./http/caller.ts";
import { ToolError } from "./tool_error.ts";

/** A server that speaks OpenAI's API: this gateway or any other. */
export interface Target {
  /** Without `/v1` and without a slash at the end. */
  readonly url: URL;
  /** Null: none was given. */
  readonly key: string | null;
}

export interface TargetOptions {
  /** What `--url` and `--key` say; null: they were not given. */
  readonly url: string | null;
  readonly key: string | null;
  readonly env: (name: string) => string | undefined;
}

/** Where a server is looked for that nobody named: this gateway's port, then the guides' and LiteLLM's. */
const PLACES = ["http://127.0.0.1:8080", "http://127.0.0.1:4000"];
const KEYS = ["GATEWAY_API_KEY", "OPENAI_API_KEY", "LITELLM_MASTER_KEY"];
const LOOK_MS = 1_000;

/**
 * The server that is meant: `--url`, else `GATEWAY_URL`, else what answers on port 8080, else on 4000.
 * @throws {ToolError} where the URL is none, or nothing answers.
 */
export async function findTarget({ url, key, env }: TargetOptions): Promise<Target> {
  const chosen = key ?? (KEYS.map(env).find((value) => (value ?? "") !== "") ?? null);
  const named = url ?? (env("GATEWAY_URL") || null);
  if (named !== null) return { url: parsed(named, url === null ? "GATEWAY_URL" : "--url"), key: chosen };
  for (const place of PLACES) {
    if (await answers(new URL(place))) return { url: new URL(place), key: chosen };
  }
  throw new ToolError(
    `nothing answers at ${PLACES.join(" or ")}: start a gateway, or name a server with --url or GATEWAY_URL`,
  );
}

/** What a request to it carries. */
export function authorization({ key }: Target): Record<string, string> {
  return key === null ? {} : { authorization: `Bearer ${key}` };
}

function parsed(text: string, from: string): URL {
  const url = URL.parse(/^\w+:\/\//.test(text) ? text : `http://${text}`);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new ToolError(`${from}: "${text}" is no URL of a server, such as http://127.0.0.1:8080`, 2);
  }
  url.pathname = url.pathname.replace(/\/(v1\/?)?$/, "");
  url.search = url.hash = "";
  return url;
}

async function answers(url: URL): Promise<boolean> {
  const caller = new Caller(url, { timeoutMs: LOOK_MS });
  try {
    await caller.call({ method: "GET", path: "/v1/models", signal: AbortSignal.timeout(LOOK_MS) });
    return true;
  } catch (error) {
    if (error instanceof CallFailure) return false;
    throw error;
  } finally {
    await caller.close();
  }
}
