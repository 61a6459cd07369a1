import type { ChatResponse, Choice, Part, StreamEvent } from "../../lib/wire/canonical.ts";

/** The answer that a stream's events tell, as a client would put it together. */
export function assemble(events: readonly StreamEvent[]): ChatResponse {
  const response: ChatResponse = { id: "", model: "", choices: [] };
  const parts = new Map<string, Part>();
  for (const event of events) {
    switch (event.type) {
      case "start": {
        const { type: _, ...start } = event;
        Object.assign(response, start);
        break;
      }
      case "part_start": {
        const part = structuredClone(event.value);
        parts.set(`${event.choice}.${event.part}`, part);
        choiceOf(response, event.choice).parts[event.part] = part;
        break;
      }
      case "part_end":
        if (event.value !== undefined) choiceOf(response, event.choice).parts[event.part] = event.value;
        break;
      case "finish": {
        const choice = choiceOf(response, event.choice);
        choice.finishReason = event.reason;
        if (event.stopSequence !== undefined) choice.stopSequence = event.stopSequence;
        break;
      }
      case "usage":
        response.usage = event.usage;
        break;
      case "end":
      case "ping":
      case "opaque":
        break;
      case "error":
        throw new Error(`The stream holds an error: ${event.code}: ${event.message}`);
      default: {
        const part = parts.get(`${event.choice}.${event.part}`);
        if (part === undefined) throw new Error(`"${event.type}" for a part that was not begun`);
        extend(part, event);
      }
    }
  }
  response.choices.sort((a, b) => a.index - b.index);
  return response;
}

function choiceOf(response: ChatResponse, index: number): Choice {
  let choice = response.choices.find((each) => each.index === index);
  if (choice === undefined) response.choices.push(choice = { index, parts: [], finishReason: "error" });
  return choice;
}

function extend(part: Part, event: StreamEvent) {
  if (event.type === "signature_delta" && part.type === "reasoning") {
    part.signature = (part.signature ?? "") + event.signature;
    part.signatureFormat = event.format;
  } else if (event.type === "annotation" && part.type === "text") {
    part.annotations ??= { format: event.format, items: [] };
    part.annotations.items.push(event.value);
  } else if (event.type === "arguments_delta" && part.type === "tool_call") {
    part.arguments += event.text;
  } else if (
    (event.type === "text_delta" && part.type === "text") ||
    (event.type === "refusal_delta" && part.type === "refusal") ||
    (event.type === "reasoning_delta" && part.type === "reasoning")
  ) {
    part.text += event.text;
  } else {
    throw new Error(`"${event.type}" for a part of type "${part.type}"`);
  }
}

/** What every format can say of an answer: the measure of what a crossing has to keep. */
export function gist(response: ChatResponse) {
  return {
    choices: response.choices.map((choice) => ({
      text: choice.parts.map((part) => part.type === "text" ? part.text : "").join(""),
      reasoning: choice.parts.map((part) => part.type === "reasoning" ? part.text : "").join(""),
      refusal: choice.parts.map((part) => part.type === "refusal" ? part.text : "").join(""),
      calls: choice.parts.filter((part) => part.type === "tool_call").map((call) => ({
        id: call.id,
        name: call.name,
        arguments: call.arguments,
      })),
      finishReason: choice.finishReason,
    })),
    usage: response.usage === undefined ? null : {
      input: response.usage.input,
      output: response.usage.output,
      cached: response.usage.cached ?? 0,
      cacheCreation: response.usage.cacheCreation ?? 0,
      reasoning: response.usage.reasoning ?? 0,
    },
  };
}
