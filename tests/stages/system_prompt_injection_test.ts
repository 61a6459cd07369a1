import { assertEquals } from "@std/assert";
import { Deadlines } from "../../lib/deadlines.ts";
import { ModelRequest } from "../../lib/stages/model_request.ts";
import { systemPromptInjection } from "../../lib/stages/system_prompt_injection.ts";
import { Exchange } from "../../lib/telemetry/exchange.ts";
import { openaiChat } from "../../lib/wire/openai_chat.ts";
import { ManualClock } from "../manual_clock.ts";

function injected(category: string, model: string, only: ReadonlySet<string> | null = null) {
  const clock = new ManualClock();
  const exchange = new Exchange(0, 0, { finished() {} });
  exchange.category = category;
  exchange.requestedModel = model;
  const text = JSON.stringify({ model, messages: [{ role: "user", content: "Hi" }] });
  const request = new ModelRequest(openaiChat, new TextEncoder().encode(text));
  request.canonical;
  const stage = systemPromptInjection({
    clock,
    deadlines: new Deadlines(clock, 1),
    deadline: 0,
    onFailure: "closed",
    only,
    categories: new Map([["math", { text: "Count.", mode: "append" }]]),
    models: new Map([["m", { text: "Be M.", mode: "replace" }]]),
  });
  assertEquals(stage.run(exchange, request), null);
  const [first] = request.canonical.messages;
  const prompt = first?.role === "system" && first.parts[0]?.type === "text" ? first.parts[0].text : null;
  return { prompt, facts: exchange.stageRuns[0]?.facts, inject: exchange.phases.inject };
}

Deno.test("systemPromptInjection() puts in the category's prompt, else the model's, and shows which", () => {
  assertEquals(injected("math", "m"), {
    prompt: "Count.",
    facts: { category: "math", mode: "append" },
    inject: 0,
  });
  assertEquals(injected("code", "m"), {
    prompt: "Be M.",
    facts: { category: "code", mode: "replace" },
    inject: 0,
  });
});

Deno.test("systemPromptInjection() keeps a category's prompt for requests whose model is chosen, where that is asked", () => {
  const only = new Set(["auto"]);
  assertEquals(injected("math", "auto", only).prompt, "Count.");
  assertEquals(injected("math", "m", only).prompt, "Be M.");
  assertEquals(injected("math", "other", only).prompt, null);
});

Deno.test("systemPromptInjection() leaves no span where there is nothing to put in", () => {
  assertEquals(injected("code", "other"), { prompt: null, facts: undefined, inject: 0 });
});
