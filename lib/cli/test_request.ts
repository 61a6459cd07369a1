import { type Api, APIS, type Question } from "../tools/apis.ts";
import { healthOf } from "../tools/health.ts";
import { Caller } from "../tools/http/caller.ts";
import { parseJson } from "../tools/json.ts";
import { callModel } from "../tools/model_call.ts";
import { chooseModel, listModels } from "../tools/models.ts";
import { providerOf } from "../tools/profiling/latency_json.ts";
import { rounded } from "../tools/rounded.ts";
import { authorization, type Target } from "../tools/target.ts";
import { newTraceparent, traceIdIn, traceIdOf, traceLink, TRACES_URL } from "../tools/trace.ts";
import { API_FLAGS, apiNameOf, timeoutMsOf } from "./api_flags.ts";
import { UsageError } from "./args.ts";
import { painter } from "./colour.ts";
import { type Command, flagNumber, type Flags, flagValue } from "./command.ts";
import type { System } from "./system.ts";
import { alignedRows } from "./table.ts";
import { printModels, testRouting } from "./test_routing.ts";
import { JSON_FLAG, MODEL_FLAG, TARGET_FLAGS, targetOf } from "./target_flags.ts";
import { answerLines, type TestedRequest, verboseLines } from "./tested_request.ts";

const PROMPT = "Say hello in one short sentence.";

export const testRequest: Command = {
  name: "test-request",
  summary: "Send one request and show all there is to know of it",
  about:
    "Asks a server whether it is healthy, sends it a request, and shows the answer, where the time went (DNS,\n" +
    "connecting, TLS, first byte, total), what the server says of it, and its trace. Works with any server that\n" +
    "speaks OpenAI's API. Exits 1 where the request, or one of --test-routing, fails.",
  flags: [
    ...TARGET_FLAGS,
    MODEL_FLAG,
    ...API_FLAGS,
    { name: "prompt", value: "TEXT", about: "what the model is asked" },
    { name: "metadata", value: "JSON", about: 'metadata of the request, such as {"project":"debug"}' },
    { name: "max-tokens", value: "N", about: "the most that the answer may have" },
    { name: "stream", value: null, about: "ask for a stream, and print it as it comes" },
    { name: "test-routing", value: null, about: "one request to each model that the server lists" },
    { name: "list-models", value: null, about: "list the server's models" },
    {
      name: "traces",
      value: "URL",
      about: `where traces are looked at (${TRACES_URL}); {id} in it is the trace`,
    },
    { name: "verbose", short: "v", value: null, about: "show headers and bodies, sent and received" },
    JSON_FLAG,
  ],
  examples: [
    "gateway test-request",
    "gateway test-request --model gpt-4o-mini --stream -v",
    `gateway test-request --metadata '{"project":"debug","env":"dev"}'`,
    "gateway test-request --test-routing --url http://localhost:4000",
  ],
  async run(flags, system) {
    const api: Api = APIS[apiNameOf(flags, "test-request")];
    const metadata = metadataOf(flags);
    const maxTokens = flagNumber(flags, "max-tokens", "test-request", null, { min: 1, whole: true });
    const timeoutMs = timeoutMsOf(flags, "test-request");
    const target = await targetOf(flags, system);
    const caller = new Caller(target, { timeoutMs });
    try {
      if (flags.has("list-models")) return await printModels(caller, target, flags, system);
      const ask = (model: string, stream: boolean): Question => ({
        model,
        prompt: flagValue(flags, "prompt") ?? PROMPT,
        stream: stream && api.codec !== null,
        maxTokens,
        metadata,
      });
      if (flags.has("test-routing")) {
        const models = (await listModels(caller, target)).map(({ id }) => id);
        return await testRouting(caller, target, api, models.map((id) => ask(id, false)), flags, system);
      }
      const health = await healthOf(caller);
      const model = await chooseModel(caller, target, flagValue(flags, "model"));
      // On a connection of its own, so that what connecting takes is seen.
      const fresh = new Caller(target, { timeoutMs });
      try {
        return await testOne(fresh, target, api, ask(model, flags.has("stream")), health, flags, system);
      } finally {
        await fresh.close();
      }
    } finally {
      await caller.close();
    }
  },
};

async function testOne(
  caller: Caller,
  target: Target,
  api: Api,
  question: Question,
  health: string,
  flags: Flags,
  system: System,
): Promise<number> {
  const paint = painter(system);
  const traceparent = newTraceparent();
  const headers = { ...authorization(target), traceparent };
  const json = flags.has("json");
  const { href } = target.url;
  if (!json) {
    for (
      const line of alignedRows([
        [paint("bold", "server"), href.replace(/\/$/, ""), health],
        [paint("bold", "request"), `POST ${api.path}`, `model ${question.model}`],
      ])
    ) system.out(line);
    system.out("");
  }
  let written = false;
  const onText = (text: string) => {
    system.write(text);
    written = true;
  };
  const shown = question.stream && !json;
  const call = await callModel(caller, { api, question, headers, ...(shown ? { onText } : {}) });
  if (written) system.out("\n");
  const told = traceIdIn(call.headers);
  const id = told ?? traceIdOf(traceparent);
  const link = id === null ? null : traceLink(flagValue(flags, "traces") ?? TRACES_URL, id);
  const tested: TestedRequest = {
    target,
    api,
    question,
    headers,
    call,
    health,
    trace: { id, link, told: told !== null },
  };
  if (json) system.out(JSON.stringify(rounded(forPrograms(tested)), null, 2));
  else {
    if (flags.has("verbose")) { for (const line of verboseLines(tested, paint)) system.out(line); }
    for (const line of answerLines(tested, paint, !written)) system.out(line);
  }
  return call.ok ? 0 : 1;
}

function forPrograms({ target, api, question, call, health, trace }: TestedRequest): Record<string, unknown> {
  const { timing } = call;
  const taken = (ms: number) => ms < 0 ? null : ms;
  return {
    url: target.url.href,
    health,
    path: api.path,
    model: question.model,
    stream: question.stream,
    ok: call.ok,
    status: call.status,
    error: call.error,
    timing_ms: {
      dns: taken(timing.dns),
      connect: taken(timing.connect),
      tls: taken(timing.tls),
      ttfb: timing.ttfb,
      first_token: call.firstTokenMs,
      total: timing.total,
      overhead: call.overheadMs,
    },
    input_tokens: call.inputTokens,
    output_tokens: call.outputTokens,
    tokens_per_second: call.tokensPerSecond,
    provider: providerOf(call),
    request_id: call.headers?.get("x-request-id") ?? null,
    trace_id: trace.id,
    trace_url: trace.link,
    headers: call.headers === null ? null : Object.fromEntries(call.headers.entries()),
    text: call.text,
  };
}

function metadataOf(flags: Flags): Record<string, string> | null {
  const text = flagValue(flags, "metadata");
  if (text === null) return null;
  const value = parseJson(text);
  if (value === null || Object.values(value).some((each) => typeof each !== "string")) {
    throw new UsageError(
      '--metadata: expected a JSON object of texts, such as {"project":"debug"}',
      "test-request",
    );
  }
  return value;
}
