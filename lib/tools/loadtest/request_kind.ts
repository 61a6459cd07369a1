import { joinBytes } from "../../wire/join_bytes.ts";
import type { Api } from "../apis.ts";

/** One sort of request that a run sends: a row of its report. */
export interface RequestKind {
  /** For people, such as "gpt-4o, streamed". */
  readonly name: string;
  readonly model: string;
  readonly stream: boolean;
  /** How often it is sent beside the others, of their sum. */
  readonly weight: number;
  /** The whole requests, head and body, one for each prompt. */
  readonly requests: readonly Uint8Array[];
}

/** What a request says besides its model. */
export interface RequestShape {
  readonly api: Api;
  /** Put before the API's path; empty or without a slash at the end. */
  readonly base: string;
  /** `host` and what else stands in the head: `[name, value]`. */
  readonly headers: readonly (readonly [string, string])[];
  readonly prompts: readonly string[];
  readonly maxTokens: number;
}

/** Short and long, of several subjects, so that no cache of answers meets the same one every time. */
export const PROMPTS: readonly string[] = [
  "What is the capital of France?",
  "Explain in two sentences how a hash table works.",
  "Write a haiku about the sea in winter.",
  "Translate into German: the train leaves at nine from platform four.",
  "A shop sells pens at 3 for 2 euros. What do 12 pens cost? Show the steps.",
  "Write a function in Python that returns the longest common prefix of a list of strings, with a docstring.",
  "Name three differences between TCP and UDP and one use of each.",
  "Summarise: a load test sends many requests at once, measures how long the answers take, and shows at which " +
  "rate they become slow or fail, so that a team knows how many users its service can take.",
];

const encoder = new TextEncoder();

/** @param share of its requests that are streamed, 0 to 1. @returns one kind, or two where some are streamed. */
export function requestKinds(
  model: string,
  weight: number,
  share: number,
  shape: RequestShape,
): RequestKind[] {
  return [false, true].map((stream) => ({
    name: stream ? `${model}, streamed` : model,
    model,
    stream,
    weight: weight * (stream ? share : 1 - share),
    requests: shape.prompts.map((prompt) => requestBytes(model, prompt, stream, shape)),
  })).filter((kind) => kind.weight > 0);
}

function requestBytes(model: string, prompt: string, stream: boolean, shape: RequestShape): Uint8Array {
  const { api, base, headers, maxTokens } = shape;
  const body = encoder.encode(JSON.stringify(api.body({ model, prompt, stream, maxTokens, metadata: null })));
  const head = [
    `POST ${base}${api.path} HTTP/1.1`,
    ...[...headers, ...Object.entries(api.headers)].map(([name, value]) => `${name}: ${value}`),
    "content-type: application/json",
    `content-length: ${body.length}`,
  ];
  return joinBytes([encoder.encode(`${head.join("\r\n")}\r\n\r\n`), body]);
}
