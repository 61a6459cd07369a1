// deno-lint-ignore-file no-console -- its output is what it is for
/**
 * `deno run -A scripts/token_error.ts [RECORDINGS]`: how far estimates of tokens are off, held against what providers
 * counted in recorded traffic. Requests are known of few recordings; the texts of answers of nearly all, and their
 * tokens were counted by the same tokenizers.
 */
import { parse } from "@std/yaml";
import { estimateTokens } from "../lib/endpoints/token_count/estimate.ts";
import { textTokens } from "../lib/endpoints/token_count/text_tokens.ts";
import { FAMILY_RULES, familyOfModel } from "../lib/endpoints/token_count/token_rules.ts";
import type { ChatResponse, JsonObject } from "../lib/wire/canonical.ts";
import { CODECS } from "../lib/wire/codecs.ts";
import { isObject } from "../lib/wire/shape.ts";

const folder = Deno.args[0] ?? "../shared/recordings";

interface Sample {
  readonly kind: "request" | "answer";
  readonly family: string;
  readonly name: string;
  readonly counted: number;
  readonly estimated: number;
}

const samples: Sample[] = [];

for (const path of walk(folder)) {
  const name = path.slice(folder.length + 1);
  const text = Deno.readTextFileSync(path);
  if (path.endsWith(".json")) await addAnswer(name, JSON.parse(text));
  else if (path.endsWith(".yaml")) await addExchanges(name, parse(text));
}
print("request");
print("answer");

async function addExchanges(name: string, cassette: unknown): Promise<void> {
  if (!isObject(cassette as JsonObject)) return;
  for (const { request, response } of (cassette as { interactions: Interaction[] }).interactions) {
    const asked = parsed(request.body);
    const answer = parsed(response.body);
    if (!request.url.endsWith("/chat/completions") || asked === null) continue;
    if (answer === null || !isObject(answer.usage)) continue;
    const counted = answer.usage.prompt_tokens;
    // What a search found is counted, and is not in the request.
    if (typeof counted !== "number" || asked.web_search_options !== undefined) continue;
    const canonical = CODECS.openai_chat.decodeRequest({ model: String(answer.model), ...asked });
    const family = familyOfModel(canonical.model);
    samples.push({ kind: "request", family, name, counted, estimated: await estimateTokens(canonical) });
  }
}

interface Interaction {
  readonly request: { readonly url: string; readonly body: string };
  readonly response: { readonly body: string };
}

/** Answers that are texts alone: what else they hold is counted in ways of its own. */
async function addAnswer(name: string, body: JsonObject): Promise<void> {
  const answer = decode(body);
  if (answer?.usage === undefined) return;
  const parts = answer.choices.flatMap((choice) => choice.parts);
  const texts = parts.filter((part) => part.type === "text");
  const others = parts.filter((part) => part.type !== "text" && part.type !== "reasoning");
  // Thoughts are counted whole and shown in part, unless they are counted apart.
  const hidden = parts.some((part) => part.type === "reasoning") && answer.usage.reasoning === undefined;
  if (texts.length === 0 || others.length > 0 || hidden) return;
  const counted = answer.usage.output - (answer.usage.reasoning ?? 0);
  const family = familyOfModel(answer.model);
  const tokens = await textTokens(texts.map((part) => part.text).join(""));
  // Of a few tokens chance decides; where many more were counted than shown, thoughts are among them.
  if (Math.min(counted, tokens) < 20) return;
  const estimated = Math.round(tokens * FAMILY_RULES[family].perToken);
  samples.push({ kind: "answer", family, name: `${name} (${answer.model})`, counted, estimated });
}

function decode(body: JsonObject): ChatResponse | null {
  for (const codec of Object.values(CODECS)) {
    try {
      const answer = codec.decodeResponse(body);
      if (answer.choices.length === 1 && (answer.usage?.output ?? 0) > 0) return answer;
    } catch {
      // Of another format.
    }
  }
  return null;
}

function print(kind: Sample["kind"]): void {
  const of = samples.filter((sample) => sample.kind === kind);
  console.log(`\n| ${kind}s | recordings | tokens | estimated in all | mean error | largest |`);
  console.log("| --- | --- | --- | --- | --- | --- |");
  for (const family of [...new Set(of.map((sample) => sample.family))].sort()) {
    const own = of.filter((sample) => sample.family === family);
    const counted = sum(own.map((sample) => sample.counted));
    const estimated = sum(own.map((sample) => sample.estimated));
    const errors = own.map((sample) => Math.abs(sample.estimated - sample.counted) / sample.counted);
    const share = (value: number) => `${(100 * value).toFixed(1)} %`;
    console.log(
      `| ${family} | ${own.length} | ${counted} | ${share(estimated / counted - 1)} | ${
        share(sum(errors) / own.length)
      } | ${share(Math.max(...errors))} |`,
    );
  }
  if (Deno.args.includes("--all")) { for (const sample of of) console.log(sample); }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function parsed(text: string): JsonObject | null {
  try {
    return JSON.parse(text) as JsonObject;
  } catch {
    return null;
  }
}

function* walk(path: string): Generator<string> {
  for (const entry of Deno.readDirSync(path)) {
    if (entry.isDirectory) yield* walk(`${path}/${entry.name}`);
    else yield `${path}/${entry.name}`;
  }
}
