/** What a Claude model takes, as far as a request from another format has to be fitted to it. */
export interface ModelRules {
  /** `max_tokens` where the client named none: the field is required, and other APIs mean "as much as you can". */
  readonly maxTokens: number;
  /** `adaptive`: effort guides the thinking; `budget`: a number of tokens does; `none`: the model has none. */
  readonly thinking: "adaptive" | "budget" | "none";
  /** Whether `{"type":"disabled"}` is accepted for thinking. */
  readonly thinkingOptional: boolean;
  /** Whether the effort may be `xhigh`. */
  readonly xhigh: boolean;
  /** Whether `temperature`, `top_p` and `top_k` are accepted. */
  readonly sampling: boolean;
  /** Whether `temperature` and `top_p` are accepted together. */
  readonly bothSamplers: boolean;
  /** Whether `tool_choice` may force a call. */
  readonly forcedTools: boolean;
  /** Whether `output_config.format` is accepted. */
  readonly structuredOutput: boolean;
}

const BUDGET: ModelRules = {
  maxTokens: 64_000,
  thinking: "budget",
  thinkingOptional: true,
  xhigh: false,
  sampling: true,
  bothSamplers: false,
  forcedTools: true,
  structuredOutput: true,
};
const ADAPTIVE: ModelRules = { ...BUDGET, maxTokens: 128_000, thinking: "adaptive" };
const WITHOUT_SAMPLING: ModelRules = { ...ADAPTIVE, sampling: false, xhigh: true };
const ALWAYS_THINKING: ModelRules = { ...WITHOUT_SAMPLING, thinkingOptional: false };
const FIRST_FOUR: ModelRules = { ...BUDGET, structuredOutput: false, bothSamplers: true };
const THIRD: ModelRules = { ...FIRST_FOUR, thinking: "none", maxTokens: 4_096 };

/** The first row whose pattern is in the model's name counts. https://platform.claude.com/docs/en/about-claude/models */
const ROWS: readonly (readonly [RegExp, ModelRules])[] = [
  [/claude-(?:sonnet|opus)-5-5/, { ...ALWAYS_THINKING, forcedTools: false }],
  [/claude-(?:fable|mythos)-5-\d/, { ...ALWAYS_THINKING, forcedTools: false }],
  [/claude-(?:fable|mythos)/, ALWAYS_THINKING],
  [/claude-(?:opus|sonnet|haiku)-5|claude-opus-4-[78]/, WITHOUT_SAMPLING],
  [/claude-(?:opus|sonnet)-4-6/, ADAPTIVE],
  [/claude-(?:opus|sonnet|haiku)-4-5/, BUDGET],
  [/claude-opus-4-1/, { ...BUDGET, maxTokens: 32_000 }],
  [/claude-opus-4/, { ...FIRST_FOUR, maxTokens: 32_000 }],
  [/claude-sonnet-4|claude-3-7/, FIRST_FOUR],
  [/claude-3-5/, { ...THIRD, maxTokens: 8_192 }],
  [/claude-(?:3|2|instant)/, THIRD],
  // A Claude that is newer than this table.
  [/claude/, { ...ADAPTIVE, maxTokens: 32_000 }],
];

/** Models of other makers behind this API: nothing is withheld from them, and little is assumed. */
const OTHERS: ModelRules = { ...BUDGET, maxTokens: 8_192, bothSamplers: true };

export function rulesOf(model: string): ModelRules {
  return ROWS.find(([pattern]) => pattern.test(model))?.[1] ?? OTHERS;
}
