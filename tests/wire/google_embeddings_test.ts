import { assertEquals, assertThrows } from "@std/assert";
import { GatewayError } from "../../lib/errors.ts";
import {
  decodeEmbedContents,
  encodeEmbedContents,
  googleEmbeddings,
} from "../../lib/wire/embeddings/google.ts";

Deno.test("texts of OpenAI's client as Gemini embeds them", () => {
  const { body, dropped } = googleEmbeddings.encodeRequest({
    model: "gemini-embedding-001",
    inputs: ["a", "b"],
    dimensions: 8,
    user: "u",
    others: { task_type: "RETRIEVAL_QUERY", unknown: 1 },
  });
  const one = (text: string) => ({
    model: "models/gemini-embedding-001",
    content: { parts: [{ text }] },
    outputDimensionality: 8,
    taskType: "RETRIEVAL_QUERY",
  });
  assertEquals<unknown>(body, { requests: [one("a"), one("b")] });
  assertEquals(dropped, ["user", "unknown"]);
  const error = assertThrows(
    () => googleEmbeddings.encodeRequest({ model: "m", inputs: [[1, 2]], others: {} }),
    GatewayError,
  );
  assertEquals([error.code, error.param], ["unsupported_parameter", "input"]);
});

Deno.test("Gemini's vectors, and what is none", () => {
  const body = {
    embeddings: [{ values: [1, 0] }, { values: [0, 1] }],
    usageMetadata: { promptTokenCount: 4 },
  };
  assertEquals<unknown>(googleEmbeddings.decodeResponse(body), { vectors: [[1, 0], [0, 1]], inputTokens: 4 });
  assertEquals(googleEmbeddings.observeResponse(body).usage?.input, 4);
  for (const broken of [{}, { embeddings: [{}] }, { embeddings: [{ values: ["1"] }] }]) {
    assertThrows(() => googleEmbeddings.decodeResponse(broken), TypeError);
  }
});

Deno.test("contents of Google's client as OpenAI's input, in both spellings", () => {
  const content = { parts: [{ text: "a" }, { text: "b" }] };
  assertEquals<unknown>(decodeEmbedContents({ content, output_dimensionality: 8, task_type: "T" }, false), {
    input: ["ab"],
    dimensions: 8,
    task_type: "T",
  });
  assertEquals<unknown>(decodeEmbedContents({ requests: [{ content }, { content }] }, true), {
    input: ["ab", "ab"],
  });
  for (
    const [body, param] of [[{}, "requests"], [{ requests: [] }, "requests"], [
      { requests: [{}] },
      "requests[0].content",
    ]] as const
  ) {
    assertEquals(assertThrows(() => decodeEmbedContents(body as never, true), GatewayError).param, param);
  }
});

Deno.test("OpenAI's answer as Google's client reads it", () => {
  const answer = { data: [{ embedding: [1] }, { embedding: [2] }] };
  assertEquals<unknown>(encodeEmbedContents(answer, true), {
    embeddings: [{ values: [1] }, { values: [2] }],
  });
  assertEquals<unknown>(encodeEmbedContents(answer, false), { embedding: { values: [1] } });
});
