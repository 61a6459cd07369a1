import type { JsonValue } from "../../../wire/canonical.ts";
import { isObject } from "../../../wire/shape.ts";
import { missing, MockRefusal, numberOr, stringOr } from "../prompt.ts";
import { countTokens, type MockOperation, requiredModel } from "./operation.ts";

/** `POST /v1/rerank` as Cohere, Jina and vLLM have it: a document counts by the query's words in it. */
export const rerank: MockOperation = (call) => {
  const model = requiredModel(call);
  const { fields } = call;
  const query = stringOr(fields["query"], "");
  if (query === "") throw missing("query");
  const { documents } = fields;
  if (!Array.isArray(documents)) throw missing("documents");
  if (documents.length === 0) throw new MockRefusal(400, "Invalid 'documents'.", "documents");
  const texts = documents.map(textOf);
  const words = wordsIn(query);
  const results = texts.map((text, index) => ({ index, relevance_score: scoreOf(words, text) }))
    .sort((a, b) => b.relevance_score - a.relevance_score)
    .slice(0, numberOr(fields["top_n"], texts.length))
    .map((result) =>
      fields["return_documents"] === true
        ? { ...result, document: { text: texts[result.index] ?? "" } }
        : result
    );
  const tokens = countTokens(query) + texts.reduce((sum, text) => sum + countTokens(text), 0);
  return {
    json: {
      id: call.newId("rerank-"),
      model,
      results,
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    },
  };
};

function textOf(document: JsonValue): string {
  if (typeof document === "string") return document;
  return isObject(document) ? stringOr(document["text"], "") : "";
}

function wordsIn(text: string): Set<string> {
  return new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []);
}

function scoreOf(words: ReadonlySet<string>, text: string): number {
  const there = wordsIn(text);
  let found = 0;
  for (const word of words) if (there.has(word)) found++;
  return words.size === 0 ? 0 : found / words.size;
}
