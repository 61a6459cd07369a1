import { type ApiName, APIS, type Question } from "../tools/apis.ts";
import { Caller } from "../tools/http/caller.ts";
import { chooseModel } from "../tools/models.ts";
import type { Target } from "../tools/target.ts";
import { API_FLAGS, apiNameOf, timeoutMsOf } from "./api_flags.ts";
import type { Flag } from "./args.ts";
import { flagNumber, type Flags, flagValue } from "./command.ts";
import { JSON_FLAG, TARGET_FLAGS } from "./target_flags.ts";

const PROMPT = "Explain in three sentences why the sky is blue.";
const MAX_TOKENS = 128;

/** Flags of all that profiles. */
export const PROFILE_FLAGS: readonly Flag[] = [
  ...TARGET_FLAGS,
  ...API_FLAGS,
  { name: "prompt", value: "TEXT", about: "what the model is asked" },
  { name: "max-tokens", value: "N", about: `the most that an answer may have (${MAX_TOKENS})` },
  {
    name: "export",
    value: "FILE",
    about: "write the results into a file: a page where its name ends in .html, else JSON",
  },
  JSON_FLAG,
];

export interface Asked {
  readonly apiName: ApiName;
  readonly api: (typeof APIS)[ApiName];
  readonly timeoutMs: number;
  question(model: string, stream: boolean): Question;
}

/** What the flags say is asked. @throws {UsageError} */
export function askedOf(flags: Flags, command: string): Asked {
  const apiName = apiNameOf(flags, command);
  const api = APIS[apiName];
  const maxTokens = flagNumber(flags, "max-tokens", command, MAX_TOKENS, { min: 1, whole: true });
  const prompt = flagValue(flags, "prompt") ?? PROMPT;
  return {
    apiName,
    api,
    timeoutMs: timeoutMsOf(flags, command),
    question: (model, stream) => ({
      model,
      prompt,
      maxTokens,
      stream: stream && api.codec !== null,
      metadata: null,
    }),
  };
}

/** The model that the flags name, else the first that the server lists. */
export async function modelOf(flags: Flags, target: Target): Promise<string> {
  const caller = new Caller(target);
  try {
    return await chooseModel(caller, target, flagValue(flags, "model"));
  } finally {
    await caller.close();
  }
}
