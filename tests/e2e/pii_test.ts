/** Personal data between clients and providers of every format, whole and streamed. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { ChatRequest, JsonObject, Part } from "../../lib/wire/canonical.ts";
import type { ClientCodec } from "../../lib/wire/codec.ts";
import { CODECS } from "../../lib/wire/codecs.ts";
import { openaiCompletions } from "../../lib/wire/openai_completions.ts";
import { GatewayProcess } from "./gateway_process.ts";
import { PiiUpstream } from "./pii_upstream.ts";

const MAIL = "anna.b@client.example";
const PROVIDERS = ["openai", "anthropic", "google", "cohere", "ollama"];
const QUESTION = `Write to ${MAIL}, and to ${MAIL} again.`;

interface ClientApi {
  readonly codec: ClientCodec;
  path(model: string, stream: boolean): string;
  body(model: string, text: string, stream: boolean): JsonObject;
  /** Whether its answers can call tools. */
  readonly calls: boolean;
}

function chat(model: string, text: string, stream: boolean): JsonObject {
  return { model, stream, messages: [{ role: "user", content: text }] };
}

const CLIENTS: Readonly<Record<string, ClientApi>> = {
  openai_chat: { codec: CODECS.openai_chat, path: () => "/v1/chat/completions", body: chat, calls: true },
  openai_responses: {
    codec: CODECS.openai_responses,
    path: () => "/v1/responses",
    body: (model, input, stream) => ({ model, input, stream }),
    calls: true,
  },
  anthropic_messages: {
    codec: CODECS.anthropic_messages,
    path: () => "/v1/messages",
    body: (...args) => ({ ...chat(...args), max_tokens: 100 }),
    calls: true,
  },
  google: {
    codec: CODECS.google_generate_content,
    path: (model, stream) =>
      `/v1beta/models/${model}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
    body: (_, text) => ({ contents: [{ role: "user", parts: [{ text }] }] }),
    calls: true,
  },
  google_interactions: {
    codec: CODECS.google_interactions,
    path: () => "/v1beta/interactions",
    body: (model, input, stream) => ({ model, input, stream }),
    calls: true,
  },
  cohere: { codec: CODECS.cohere_chat, path: () => "/v2/chat", body: chat, calls: true },
  ollama_chat: { codec: CODECS.ollama_chat, path: () => "/api/chat", body: chat, calls: true },
  ollama_generate: {
    codec: CODECS.ollama_generate,
    path: () => "/api/generate",
    body: (model, prompt, stream) => ({ model, prompt, stream }),
    calls: false,
  },
  completions: {
    codec: openaiCompletions,
    path: () => "/v1/completions",
    body: (model, prompt, stream) => ({ model, prompt, stream }),
    calls: false,
  },
};

/** Says again what was said to it, and an address of its own. */
function echo(calls: boolean) {
  return (request: ChatRequest): Part[] => {
    const said = JSON.stringify(request.messages.at(-1)?.parts).match(/<EMAIL_\d+>/)?.[0] ?? "nobody";
    const text: Part = { type: "text", text: `To ${said}, from me@model.example.` };
    const call: Part = {
      type: "tool_call",
      id: "call_1",
      name: "send",
      arguments: `{"to": "${said}", "n": 1}`,
    };
    return calls ? [text, call] : [text];
  };
}

async function start(upstream: PiiUpstream, pii: string): Promise<GatewayProcess> {
  return await GatewayProcess.start({
    config: `
server: { drain_delay: 0s }
logging: { format: json }
providers:${upstream.providers}
models: { ${PROVIDERS.map((name) => `${name}: ${name}/m`).join(", ")} }
retry: { attempts: 0 }
pii: ${pii}
`,
  });
}

/** Text and arguments of an answer in the client's format. */
function read(codec: ClientCodec, body: string, stream: boolean): { text: string; args: string } {
  if (!stream) {
    const parts = codec.decodeResponse(JSON.parse(body)).choices.flatMap((choice) => choice.parts);
    return {
      text: parts.map((part) => part.type === "text" ? part.text : "").join(""),
      args: parts.map((part) => part.type === "tool_call" ? part.arguments : "").join(""),
    };
  }
  const decoder = codec.eventDecoder();
  let [text, args] = ["", ""];
  const parser = codec.framing.parser((event) => {
    for (const each of decoder.push(event)) {
      if (each.type === "text_delta") text += each.text;
      if (each.type === "arguments_delta") args += each.text;
      if (each.type === "part_start" && each.value.type === "text") text += each.value.text;
      if (each.type === "part_start" && each.value.type === "tool_call") args += each.value.arguments;
    }
  }, { maxEventBytes: 1 << 20 });
  parser.push(new TextEncoder().encode(body));
  parser.end();
  return { text, args };
}

Deno.test("every client's address is hidden from every provider and put back, the model's own is redacted", async (test) => {
  await using upstream = new PiiUpstream();
  await using gateway = await start(upstream, "{ enabled: true }");
  for (const [name, { codec, path, body, calls }] of Object.entries(CLIENTS)) {
    for (const provider of PROVIDERS) {
      for (const stream of [false, true]) {
        await test.step(`${name} to ${provider}${stream ? ", streamed" : ""}`, async () => {
          upstream.bodies.length = 0;
          upstream.script = echo(calls);
          const response = await fetch(gateway.url + path(provider, stream), {
            method: "POST",
            headers: { "content-type": "application/json", "anthropic-version": "2023-06-01" },
            body: JSON.stringify(body(provider, QUESTION, stream)),
          });
          const answer = await response.text();
          assertEquals(response.status, 200, answer);
          const [sent = ""] = upstream.bodies;
          assert(!sent.includes(MAIL), sent);
          assertStringIncludes(sent, "Write to <EMAIL_1>, and to <EMAIL_1> again.");
          const { text, args } = read(codec, answer, stream);
          assertEquals(text, `To ${MAIL}, from <EMAIL_2>.`);
          if (calls) assertEquals(JSON.parse(args), { to: MAIL, n: 1 });
          assert(!answer.includes("me@model.example") && !answer.includes("EMAIL_1"), answer);
        });
      }
    }
  }
});
