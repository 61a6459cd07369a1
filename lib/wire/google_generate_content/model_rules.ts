/** What a family of models can do, as far as a request has to heed it. */
export interface ModelRules {
  /** How thinking is asked for: by a level, by a budget of tokens, or not at all. */
  readonly thinking: "level" | "budget" | "none";
  /** Levels that the model has, the least first. */
  readonly levels: readonly string[];
  /** Least and most tokens of a budget. */
  readonly budget: readonly [least: number, most: number];
  /** Whether a budget of 0 switches thinking off. */
  readonly optional: boolean;
  /** Refuses calls in the history that it did not sign. */
  readonly wantsSignatures: boolean;
  /** Takes images and files inside a function's response. */
  readonly mediaInResults: boolean;
}

const NO_BUDGET = [0, 0] as const;

const LEVELS: ModelRules = {
  thinking: "level",
  levels: ["low", "medium", "high"],
  budget: NO_BUDGET,
  optional: false,
  wantsSignatures: true,
  mediaInResults: true,
};

function budget(least: number, most: number, optional: boolean): ModelRules {
  const budget = [least, most] as const;
  return {
    thinking: "budget",
    levels: [],
    budget,
    optional,
    wantsSignatures: false,
    mediaInResults: false,
  };
}

/** The first row that fits the name. https://ai.google.dev/gemini-api/docs/thinking */
const TABLE: readonly (readonly [pattern: RegExp, rules: ModelRules])[] = [
  [/gemini-3-pro/, { ...LEVELS, levels: ["low", "high"] }],
  [/gemini-(?:[3-9]|\d\d)[\d.]*-flash|gemini-flash(?:-lite)?-latest/, {
    ...LEVELS,
    levels: ["minimal", "low", "medium", "high"],
  }],
  [/gemini-(?:[3-9]|\d\d)|gemini-pro-latest/, LEVELS],
  [/gemini-2\.5-(?:flash-)?(?:image|tts|preview-tts)/, { ...budget(0, 0, false), thinking: "none" }],
  [/gemini-2\.5-flash-lite/, budget(512, 24_576, true)],
  [/gemini-2\.5-flash/, budget(1, 24_576, true)],
  [/gemini-2\.5/, budget(128, 32_768, false)],
  [/gemini-1|gemini-2\.0|gemma|learnlm|imagen/, { ...budget(0, 0, false), thinking: "none" }],
];

/** A model of another name is taken for the latest. */
export function rulesOf(model: string): ModelRules {
  return TABLE.find(([pattern]) => pattern.test(model))?.[1] ?? LEVELS;
}
