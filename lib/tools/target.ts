import { Caller, CallFailure } from "./http/caller.ts";
import { ToolError } from "./tool_error.ts";

/** A server that speaks OpenAI's API: this gateway or any other. */
export interface Target {
  /** Without `/v1` and without a slash at the end. */
  readonly url: URL;
  /** Null: none was given. */
  readonly key: string | null;
  /** PEM of certificate authorities that are trusted besides the system's (`SSL_CERT_FILE`); null: none. */
  readonly ca: string | null;
}

export interface TargetOptions {
  /** What `--url` and `--key` say; null: they were not given. */
  readonly url: string | null;
  readonly key: string | null;
  readonly env: (name: string) => string | undefined;
  /** @throws where it cannot be read. */
  readonly readFile: (path: string) => string;
}

/** Where a server is looked for that nobody named: this gateway's port, then the guides' and LiteLLM's. */
const PLACES = ["http://127.0.0.1:8080", "http://127.0.0.1:4000"];
const KEYS = ["GATEWAY_API_KEY", "OPENAI_API_KEY", "LITELLM_MASTER_KEY"];
const LOOK_MS = 1_000;

/**
 * The server that is meant: `--url`, else `GATEWAY_URL`, else what answers on port 8080, else on 4000.
 * @throws {ToolError} where the URL is none, or nothing answers.
 */
export async function findTarget({ url, key, env, readFile }: TargetOptions): Promise<Target> {
  const ca = authorities(env("SSL_CERT_FILE") || null, readFile);
  const chosen = key ?? (KEYS.map(env).find((value) => (value ?? "") !== "") ?? null);
  const named = url ?? (env("GATEWAY_URL") || null);
  if (named !== null) return { url: parsed(named, url === null ? "GATEWAY_URL" : "--url"), key: chosen, ca };
  for (const place of PLACES) {
    if (await answers(new URL(place))) return { url: new URL(place), key: chosen, ca };
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

function authorities(path: string | null, readFile: (path: string) => string): string | null {
  if (path === null) return null;
  try {
    return readFile(path);
  } catch {
    throw new ToolError(`SSL_CERT_FILE: ${path} cannot be read`, 2);
  }
}

async function answers(url: URL): Promise<boolean> {
  const caller = new Caller({ url, ca: null }, { timeoutMs: LOOK_MS });
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
