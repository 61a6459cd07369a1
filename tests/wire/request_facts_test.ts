import { assertEquals } from "@std/assert";
import { JsonRequest } from "../../lib/stages/json_request.ts";
import type { ClientFormat, JsonObject } from "../../lib/wire/canonical.ts";
import { factReaders, noFacts, type RequestFacts } from "../../lib/wire/request_facts.ts";

function facts(format: ClientFormat, body: JsonObject, parameters = true): RequestFacts {
  const request = new JsonRequest(new TextEncoder().encode(JSON.stringify({ model: "m", ...body })));
  const found = noFacts();
  request.read(factReaders(format, parameters), found);
  return found;
}

const SAMPLING = { temperature: 0.5, top_p: 0.9, frequency_penalty: 0.1, presence_penalty: 0.2, seed: 7 };

const PARAMETERS: readonly (readonly [ClientFormat, JsonObject, RequestFacts["parameters"]])[] = [
  [
    "openai_chat",
    {
      ...SAMPLING,
      max_completion_tokens: 10,
      n: 2,
      stop: "x",
      response_format: { type: "json_schema" },
      reasoning_effort: "low",
    },
    {
      ...SAMPLING,
      max_tokens: 10,
      choice_count: 2,
      stop_sequences: ["x"],
      output_type: "json",
      reasoning_effort: "low",
    },
  ],
  ["openai_chat", { max_tokens: 3, stop: ["a", "b"], response_format: { type: "text" } }, {
    max_tokens: 3,
    stop_sequences: ["a", "b"],
    output_type: "text",
  }],
  ["openai_chat", { temperature: "hot", stop: [1], response_format: null, reasoning_effort: null }, {}],
  ["completions", { temperature: 0, max_tokens: 5, n: 3, stop: ["."] }, {
    temperature: 0,
    max_tokens: 5,
    choice_count: 3,
    stop_sequences: ["."],
  }],
  ["openai_responses", {
    top_p: 1,
    max_output_tokens: 9,
    text: { format: { type: "json_object" } },
    reasoning: { effort: "high" },
  }, {
    top_p: 1,
    max_tokens: 9,
    output_type: "json",
    reasoning_effort: "high",
  }],
  ["google_generate_content", {
    generationConfig: {
      temperature: 0.5,
      topP: 0.9,
      topK: 40,
      maxOutputTokens: 9,
      candidateCount: 2,
      stopSequences: ["."],
      responseMimeType: "application/json",
      thinkingConfig: { thinkingLevel: "LOW" },
    },
  }, {
    temperature: 0.5,
    top_p: 0.9,
    top_k: 40,
    max_tokens: 9,
    choice_count: 2,
    stop_sequences: ["."],
    output_type: "json",
    reasoning_effort: "LOW",
  }],
  ["google_generate_content", { generation_config: { top_p: 0.9, max_output_tokens: 9 } }, {
    top_p: 0.9,
    max_tokens: 9,
  }],
  ["anthropic_messages", {
    temperature: 1,
    top_k: 40,
    max_tokens: 100,
    stop_sequences: ["\n"],
    output_config: { effort: "low" },
  }, {
    temperature: 1,
    top_k: 40,
    max_tokens: 100,
    stop_sequences: ["\n"],
    reasoning_effort: "low",
  }],
];

for (const [format, body, expected] of PARAMETERS) {
  Deno.test(`factReaders() ${format} reads the parameters of ${JSON.stringify(body)}`, () => {
    assertEquals(facts(format, body).parameters, expected);
    assertEquals(facts(format, body, false).parameters, {}, "where nobody wants them");
  });
}

const WHO: readonly (readonly [
  ClientFormat,
  JsonObject,
  user: string,
  session: string,
  metadata: JsonObject | null,
])[] = [
  ["openai_chat", { user: "u1", metadata: { team: "a", session_id: "s1" } }, "u1", "s1", {
    team: "a",
    session_id: "s1",
  }],
  ["openai_chat", { user: "u1", safety_identifier: "u2" }, "u1", "", null],
  ["openai_chat", { safety_identifier: "u2", metadata: { n: 1 } }, "u2", "", null],
  ["openai_responses", { conversation: "conv_1", user: "u" }, "u", "conv_1", null],
  ["openai_responses", { conversation: { id: "conv_2" } }, "", "conv_2", null],
  ["anthropic_messages", { metadata: { user_id: "u3" } }, "u3", "", { user_id: "u3" }],
  ["openai_chat", { user: 5, metadata: "none" }, "", "", null],
];

for (const [format, body, user, sessionId, metadata] of WHO) {
  Deno.test(`factReaders() ${format} reads who asks from ${JSON.stringify(body)}`, () => {
    const found = facts(format, body, false);
    assertEquals([found.user, found.sessionId, found.metadata], [
      user,
      sessionId,
      metadata as RequestFacts["metadata"],
    ]);
  });
}

Deno.test("factReaders() keeps 16 pairs of metadata and 512 characters of each text", () => {
  const metadata = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`k${i}`, "v".repeat(600)]));
  const found = facts("openai_chat", { user: "u".repeat(600), metadata });
  assertEquals([found.user.length, Object.keys(found.metadata ?? {}).length], [512, 16]);
  assertEquals(Object.values(found.metadata ?? {}).every((value) => value.length === 512), true);
});
