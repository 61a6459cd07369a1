/** What others find: a Presidio analyser, and a model. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { GatewayError } from "../../../lib/errors.ts";
import type { InnerCalls } from "../../../lib/stages/inner_calls.ts";
import { ModelRequest } from "../../../lib/stages/model_request.ts";
import { modelDetector } from "../../../lib/stages/pii/model_detector.ts";
import { presidioDetector } from "../../../lib/stages/pii/presidio.ts";
import type { RemoteDetector } from "../../../lib/stages/pii/remote_detector.ts";
import { piiDetection } from "../../../lib/stages/pii_detection.ts";
import { servicesAt } from "../services.ts";
import { Deadlines } from "../../../lib/deadlines.ts";
import { Exchange, StageRun } from "../../../lib/telemetry/exchange.ts";
import { openaiChat } from "../../../lib/wire/openai_chat.ts";
import { ManualClock } from "../../manual_clock.ts";

const TEXTS = ["😀 I am Ada Lovelace", "of London"];

function exchange(): Exchange {
  return new Exchange(0, 0, { finished: () => {} });
}

/** An analyser that finds what it is told to, by offsets of Python. */
function presidio(answer: (text: string) => Response) {
  const asked: Record<string, unknown>[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    assertEquals(new URL(request.url).pathname, "/analyze");
    const body = await request.json();
    asked.push(body);
    return answer(body.text);
  });
  const services = servicesAt("127.0.0.1");
  const detector = presidioDetector({
    url: `http://127.0.0.1:${server.addr.port}/`,
    language: "de",
    minScore: 0.4,
    timeout: 5000,
    post: (...question) => services.post(...question),
  });
  return {
    asked,
    detector,
    async [Symbol.asyncDispose]() {
      await services.close();
      await server.shutdown();
    },
  };
}

function find(detector: RemoteDetector, texts: readonly string[]) {
  return detector.find(exchange(), new StageRun("pii_detection", 0), texts);
}

Deno.test("Presidio's offsets count characters as Python does, and its findings stay within a text", async () => {
  await using setup = presidio(() =>
    Response.json([
      { entity_type: "PERSON", start: 7, end: 19, score: 0.9 },
      { entity_type: "LOCATION", start: 11, end: 23, score: 0.5 },
    ])
  );
  assertEquals(await find(setup.detector, TEXTS), [
    { type: "person", value: "Ada Lovelace" },
    { type: "location", value: "Lovelace" },
    { type: "location", value: "of" },
  ]);
  assertEquals(setup.asked, [{ text: TEXTS.join("\n\n"), language: "de", score_threshold: 0.4 }]);
});

Deno.test("an analyser that does not answer with findings is a failure", async () => {
  for (
    const answer of [
      () => new Response("no", { status: 500 }),
      () => Response.json({}),
      () => Response.json([1]),
    ]
  ) {
    await using setup = presidio(answer);
    await assertRejects(() => find(setup.detector, TEXTS), GatewayError, "Presidio");
  }
});

Deno.test("a model is asked for a list, and what it says is read as one", async () => {
  const answering = (content: string) => {
    const complete = () => Promise.resolve({ choices: [{ message: { content } }] });
    return modelDetector("small", { complete } as unknown as InnerCalls);
  };
  assertEquals(await find(answering('{"entities":[{"type":"Full Name","text":"Ada"},{"type":1}]}'), TEXTS), [
    { type: "full_name", value: "Ada" },
  ]);
  for (const content of ["no JSON", "{}", "null"]) {
    await assertRejects(() => find(answering(content), TEXTS), GatewayError, "unusable answer");
  }
});

interface Scene {
  readonly detector: RemoteDetector;
  readonly onFailure?: "open" | "closed";
}

async function detect({ detector, onFailure = "closed" }: Scene) {
  const clock = new ManualClock();
  const policy = { action: "redact", actions: new Map(), patterns: [], patternBudget: 100 } as const;
  const stage = piiDetection({
    clock,
    deadlines: new Deadlines(clock, 1),
    deadline: 0,
    onFailure,
    requests: policy,
    answers: null,
    detectors: [detector],
  });
  const body = {
    model: "m",
    messages: [{ role: "user", content: "Ada Lovelace, ada@x.example; Ada and Adam" }],
  };
  const request = new ModelRequest(openaiChat, new TextEncoder().encode(JSON.stringify(body)));
  const record = exchange();
  await stage.run(record, request);
  return { sent: new TextDecoder().decode(request.bytes), record, request };
}

Deno.test("what others find is redacted wherever the words stand, after what the gateway finds itself", async () => {
  const heard: string[] = [];
  const detector: RemoteDetector = {
    find(_exchange, _run, texts) {
      heard.push(...texts);
      return Promise.resolve([
        { type: "person", value: "Ada" },
        { type: "person", value: "Ada Lovelace" },
        { type: "person", value: "<EMAIL_1>" },
      ]);
    },
  };
  const { sent, record, request } = await detect({ detector });
  assertEquals(heard, ["Ada Lovelace, <EMAIL_1>; Ada and Adam"]);
  assertStringIncludes(sent, '"<PERSON_1>, <EMAIL_1>; <PERSON_2> and Adam"');
  assertEquals(record.stageRuns[0]?.facts, {
    detected: true,
    types: ["email", "person"],
    action: "redacted",
  });
  const answer = request.guard?.whole({ choices: [{ message: { content: "<PERSON_2>" } }] }, "openai_chat");
  assertEquals(answer, { choices: [{ message: { content: "Ada" } }] });
});

Deno.test("where others fail the request is refused, or goes on with what the gateway found", async () => {
  const detector: RemoteDetector = { find: () => Promise.reject(new Error("down")) };
  await assertRejects(() => detect({ detector }), GatewayError, "could not be checked");
  const { sent, record } = await detect({ detector, onFailure: "open" });
  assert(sent.includes("Ada Lovelace, <EMAIL_1>"), sent);
  assertEquals(record.securityAction, "redacted");
});
