/** What the tests of streams share. */
import { assertEquals } from "@std/assert";
import type { WireFormat } from "../../lib/wire/canonical.ts";
import { CHAT_FORMATS } from "../wire/codecs.ts";
import { REQUESTS } from "./scripts.ts";
import { ScriptedProvider, type Step } from "./scripted_provider.ts";
import { type BenchOptions, CODECS, StageBench } from "./stage_bench.ts";

export const FORMATS = CHAT_FORMATS;

/** A step that no other follows. */
export const NEVER: Step = { wait: new Promise(() => {}) };

/** How each family ends a stream that went well. */
export const TERMINAL: Readonly<Record<WireFormat, string>> = {
  openai_chat: "[DONE]",
  openai_responses: "response.completed",
  anthropic_messages: "message_stop",
  ollama_chat: '"done":true',
  ollama_generate: '"done":true',
  google_generate_content: '"finishReason":"STOP"',
  google_interactions: "interaction.completed",
  cohere_chat: "message-end",
  bedrock_converse: "metadata",
};

/** How its error event begins. */
export const ERROR_EVENT: Readonly<Record<WireFormat, string>> = {
  openai_chat: 'data: {"error":{',
  openai_responses: 'event: error\ndata: {"type":"error",',
  anthropic_messages: 'event: error\ndata: {"type":"error","error":{"type":',
  ollama_chat: '{"error":"',
  ollama_generate: '{"error":"',
  google_generate_content: 'data: {"error":{"code":',
  google_interactions: 'event: error\ndata: {"error":{"code":',
  cohere_chat: 'event: message-end\ndata: {"type":"message-end","delta":{"finish_reason":"ERROR"',
  bedrock_converse: "Exception",
};

/** A provider that speaks one format. */
export function provider(format: WireFormat, ...scripts: Step[][]): ScriptedProvider {
  return new ScriptedProvider("up", [format], scripts);
}

/** A request for a stream, on a clock that stands still and without jitter. */
export function streamBench(
  client: WireFormat,
  providers: readonly ScriptedProvider[],
  stream: BenchOptions["stream"] = {},
): StageBench {
  const body = { ...REQUESTS[client], stream: true };
  return new StageBench({ providers, codec: CODECS[client], body, stream: stream ?? {}, random: () => 0 });
}

/** What a request must have left behind, however it ended. */
export function assertOver(bench: StageBench): void {
  assertEquals(bench.finished.length, 1, "exactly one Exchange");
  assertEquals(bench.deadlines.size, 0, "no time-out is left");
  assertEquals(bench.openAnswers.size, 0, "the answer counts as open no more");
}

export async function readOne(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  const { value } = await reader.read();
  return new TextDecoder().decode(value);
}
