import { createHmac } from "node:crypto";
import { PassedKey } from "../../providers/credentials/passed_key.ts";
import type { Exchange } from "../../telemetry/exchange.ts";
import type { JsonObject, JsonValue } from "../../wire/canonical.ts";
import type { ModelRequest } from "../model_request.ts";
import { canonicalJson } from "./canonical_json.ts";

/** Under what an answer is kept: nobody can tell from it what was asked, or by whom. */
export interface AnswerKey {
  /** Whose it is. */
  readonly owner: string;
  /** What was asked, with the owner. */
  readonly key: string;
}

/** A question that others may mean too, though they put it differently. */
export interface Question {
  /** All but the question: the owner, the model, what was said before, tools and parameters. */
  readonly scope: string;
  readonly text: string;
}

/**
 * Request fields that do not change what is answered, in any format: who asks, what a provider or the gateway keeps,
 * and how the answer travels.
 */
const NO_MATTER: ReadonlySet<string> = new Set([
  ...["model", "user", "metadata", "stream", "stream_options", "store", "background", "safety_identifier"],
  ...["prompt_cache_key", "prompt_cache_retention", "keep_alive", "labels", "requestMetadata"],
]);
/** The same of the canonical model. */
const NO_MATTER_TO_MODEL: ReadonlySet<string> = new Set([
  ...["model", "messages", "user", "metadata", "stream", "includeUsage", "store", "safetyIdentifier"],
  ...["promptCacheKey", "extensions"],
]);
/** Request headers that change what a provider answers. */
const HEADERS = ["anthropic-version", "anthropic-beta", "openai-beta"] as const;
/** Query parameters that do not: how the answer travels, and the key, which is in the owner. */
const QUERY_NO_MATTER = ["alt", "key"] as const;

/** Makes keys with a secret, so that who can read the store cannot try out what was asked. */
export class AnswerKeys {
  readonly #secret: Uint8Array | string;
  readonly #namespace: string;

  /** @param namespace another one begins an empty cache. */
  constructor(secret: Uint8Array | string, namespace: string) {
    this.#secret = secret;
    this.#namespace = namespace;
  }

  /** @param exchange whose key, the gateway's own or one for a provider, tells the owner. */
  of(exchange: Exchange, request: ModelRequest): AnswerKey {
    const owner = this.#digest("owner", [exchange.principal?.owner ?? "", passedKey(exchange)]);
    const asked = without(request.json, NO_MATTER);
    return { owner, key: this.#digest("answer", [owner, ...this.#about(exchange, request), asked]) };
  }

  /** What a request asks with its last message; null where that is not a user's text alone. */
  question(
    exchange: Exchange,
    request: ModelRequest,
    { owner }: AnswerKey,
    embedder: string,
  ): Question | null {
    const { messages, extensions, ...rest } = request.canonical;
    const last = messages.at(-1);
    if (last?.role !== "user" || last.parts.length === 0) return null;
    let text = "";
    for (const part of last.parts) {
      if (part.type !== "text") return null;
      text += text === "" ? part.text : `\n${part.text}`;
    }
    if (text.trim() === "") return null;
    const asked = {
      ...without(rest as unknown as JsonObject, NO_MATTER_TO_MODEL),
      before: messages.slice(0, -1) as unknown as JsonValue,
      last: { ...last, parts: [] } as unknown as JsonValue,
      extensions: without(extensions?.fields ?? {}, NO_MATTER),
    };
    const scope = this.#digest("scope", [owner, embedder, ...this.#about(exchange, request), asked]);
    return { scope, text };
  }

  #about({ request }: Exchange, { codec, model, query }: ModelRequest): JsonValue[] {
    const headers = HEADERS.map((name) => request?.headers.get(name) ?? null);
    return [this.#namespace, codec.format, model, queryOf(query), headers];
  }

  #digest(what: string, values: JsonValue[]): string {
    return createHmac("sha256", this.#secret).update(canonicalJson([what, ...values])).digest("base64url");
  }
}

function passedKey({ request, keyHeader, dialect, query }: Exchange): string {
  if (request === null) return "";
  return PassedKey.of(request.headers, keyHeader, dialect, query)?.reveal() ?? "";
}

function queryOf(query: string): string {
  if (query === "") return "";
  const parameters = new URLSearchParams(query);
  for (const name of QUERY_NO_MATTER) parameters.delete(name);
  parameters.sort();
  return parameters.toString();
}

function without(fields: JsonObject, names: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.has(name)));
}
