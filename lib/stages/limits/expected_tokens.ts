import type { ChatRequest } from "../../wire/canonical.ts";
import { JsonRequest, type RoutedRequest } from "../json_request.ts";
import { ModelRequest } from "../model_request.ts";
import { noFacts, outputReaders } from "../../wire/request_facts.ts";

/** Tokens that a request may take. */
export interface ExpectedTokens {
  readonly input: number;
  readonly output: number;
}

export interface ExpectedTokensOptions {
  /** Output of a request that sets no maximum. */
  readonly expectedOutput: number;
  /** What a request is to its model, by the length of its texts. */
  readonly roughTokens: (request: ChatRequest) => number;
}

/** As everywhere in the gateway where nobody counted: bytes of JSON a token. */
const BYTES_PER_TOKEN = 4;
/** Up to it a body is judged by its size: what may be in it besides text is no more than so much. */
const SMALL_BODY = 16 * 1024;

const NONE: ExpectedTokens = { input: 0, output: 0 };

/**
 * What a request may take, before anybody has counted: a quarter of its bytes, or of its texts' where it is large, and
 * the most output that it asks for. No tokenizer is asked: that would take longer than all else the gateway does, and
 * what the provider counts puts it right.
 */
export function expectedTokens(request: RoutedRequest, options: ExpectedTokensOptions): ExpectedTokens {
  if (request instanceof ModelRequest) {
    return { input: inputOf(request, options), output: outputOf(request, options) };
  }
  if (request instanceof JsonRequest) {
    return { input: Math.ceil(request.bytes.length / BYTES_PER_TOKEN), output: 0 };
  }
  return NONE;
}

function outputOf(request: ModelRequest, { expectedOutput }: ExpectedTokensOptions): number {
  const facts = noFacts();
  request.read(outputReaders(request.codec.format), facts);
  const { max_tokens: most, choice_count: answers = 1 } = facts.parameters;
  const each = most !== undefined && most >= 0 ? most : expectedOutput;
  return each * (answers >= 1 ? answers : 1);
}

function inputOf(request: ModelRequest, { roughTokens }: ExpectedTokensOptions): number {
  const { length } = request.bytes;
  if (length <= SMALL_BODY) return Math.ceil(length / BYTES_PER_TOKEN);
  try {
    return roughTokens(request.canonical);
  } catch {
    // What it says is wrong; whoever reads it next tells the client.
    return Math.ceil(length / BYTES_PER_TOKEN);
  }
}
