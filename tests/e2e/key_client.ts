import { assertEquals } from "@std/assert";

// deno-lint-ignore no-explicit-any -- answers of many shapes
export type Json = any;

export interface KeyAnswer {
  readonly status: number;
  readonly json: Json;
}

export const MASTER = "planted-master-key";

/** Asks a gateway with a key, by default the master key. */
export async function call(
  gateway: { readonly url: string },
  method: string,
  path: string,
  body?: unknown,
  key = MASTER,
): Promise<KeyAnswer> {
  const response = await fetch(`${gateway.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, json: await response.json() };
}

/** Makes a record of a kind (`keys`), and is given it. */
export async function made(
  gateway: { readonly url: string },
  kind: string,
  body: unknown,
  key = MASTER,
): Promise<Json> {
  const { status, json } = await call(gateway, "POST", `/admin/v1/${kind}`, body, key);
  assertEquals(status, 201, JSON.stringify(json));
  return json;
}

export function chat(gateway: { readonly url: string }, key: string, model = "cheap"): Promise<KeyAnswer> {
  const body = { model, messages: [{ role: "user", content: "hi" }] };
  return call(gateway, "POST", "/v1/chat/completions", body, key);
}
