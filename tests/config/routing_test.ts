import { assertEquals } from "@std/assert";
import { loadText, problemsOf } from "./load_text.ts";

const MODELS = `
providers: { mock: { type: mock } }
models:
  small: mock/small
  large: { targets: [mock/large], aliases: [big] }
`;
const CATEGORIES = `
categories:
  math: { keywords: [equation] }
`;

Deno.test("without classification and routing there is neither", () => {
  const { config } = loadText(MODELS);
  assertEquals([config.classification, config.routing, config.categories], [null, null, {}]);
});

Deno.test("classification without classifiers has two; switched off it has none", () => {
  const { config } = loadText(`${MODELS}${CATEGORIES}classification: {}\n`);
  assertEquals(config.classification?.classifiers.map(({ type, model }) => [type, model]), [
    ["keyword", null],
    ["embedding", null],
  ]);
  const off = loadText(`${MODELS}classification: { enabled: false }\n`);
  assertEquals(off.config.classification, null);
});

Deno.test("a classifier is its type, a model's score a number, or a mapping", () => {
  const { config } = loadText(`${MODELS}
categories:
  math: { models: { big: 0.9, small: { score: 0.2, reasoning: false } } }
classification:
  classifiers: [keyword, { type: model, model: small, threshold: 0.4 }]
`);
  assertEquals(config.categories.math?.models, {
    big: { score: 0.9, reasoning: null, reasoning_effort: null },
    small: { score: 0.2, reasoning: false, reasoning_effort: null },
  });
  assertEquals(config.classification?.classifiers.map(({ type, threshold }) => [type, threshold]), [
    ["keyword", null],
    ["model", 0.4],
  ]);
});

Deno.test("routing answers to auto and MoM unless it is given names", () => {
  assertEquals(loadText(`${MODELS}routing: {}\n`).config.routing?.auto_models, ["auto", "MoM"]);
  const named = loadText(`${MODELS}routing: { auto_models: [best] }\n`);
  assertEquals(named.config.routing?.auto_models, ["best"]);
});

const LABELLED = `{"prompt": "Solve it", "model": "big"}

{"prompt": "Say hello", "scores": {"small": 0.9, "large": 0.8}}
`;

Deno.test("labelled prompts are read from a file", () => {
  const { config } = loadText(
    `${MODELS}routing: { strategy: llmrouter-knn, knn: { file: labelled.jsonl } }\n`,
    { files: { "labelled.jsonl": LABELLED } },
  );
  assertEquals(config.routing?.knn.prompts, [
    { prompt: "Solve it", scores: { big: 1 } },
    { prompt: "Say hello", scores: { small: 0.9, large: 0.8 } },
  ]);
});

const PROBLEMS: readonly (readonly [text: string, problem: string, files?: Record<string, string>])[] = [
  ["classification: {}", "classification: there is nothing to choose from: `categories` is empty"],
  [
    "categories: { m: {} }\nclassification: { classifiers: [model] }",
    "classification.classifiers[0]: is missing; expected the name of the model that is asked",
  ],
  [
    "categories: { m: {} }\nclassification: { classifiers: [{ type: embedding, model: smal }] }",
    'classification.classifiers[0].model: no model is called "smal"; did you mean "small"?',
  ],
  ["categories: { m: { models: { huge: 1 } } }", 'categories.m.models.huge: no model is called "huge"'],
  [
    "categories: { m: { patterns: ['(a+)+'] } }",
    "categories.m.patterns[0]: expected a regular expression that is quick on any text: ",
  ],
  ["routing: { auto_models: [large] }", 'routing.auto_models[0]: "large" is already the name of a model'],
  ["routing: { auto_models: [big] }", 'routing.auto_models[0]: "big" is already the name of a model'],
  [
    "routing: { default_model: lagre }",
    'routing.default_model: no model is called "lagre"; did you mean "large"?',
  ],
  ["routing: { models: [small, x] }", 'routing.models[1]: no model is called "x"'],
  ["routing: { strategy: weighted }", "routing.split: is missing; the strategy weighted needs it"],
  [
    "routing: { strategy: llmrouter-knn }",
    "routing.knn.file: is missing; the strategy llmrouter-knn needs it",
  ],
  ["routing: { strategy: complexity }", "routing.complexity: is missing; the strategy complexity needs it"],
  ["routing: { strategy: rules }", "routing.rules: is missing; the strategy rules needs it"],
  ["routing: { split: { x: 1 } }", 'routing.split.x: no model is called "x"'],
  [
    "routing: { strategy: rules, rules: [{ model: small, categories: [math] }] }",
    'routing.rules[0].categories[0]: no category is called "math"',
  ],
  ["routing: { knn: { file: a } }", 'routing.knn.file: the file "a" cannot be read'],
  [
    "routing: { knn: { file: a } }",
    'routing.knn.file: line 2 of "a": expected {"prompt": …, "model": …} or "scores"',
    { a: '{"prompt":"p","model":"small"}\n{"prompt":"p"}\n' },
  ],
  [
    "routing: { knn: { file: a } }",
    'routing.knn.file: line 1 of "a": no model is called "x"',
    { a: '{"prompt":"p","model":"x"}' },
  ],
];

for (const [text, problem, files = {}] of PROBLEMS) {
  Deno.test(`routing: ${problem}`, () => {
    const [line = "", ...more] = problemsOf(`${MODELS}${text}\n`, { files });
    const told = line.replace(/^config\.yaml:\d+: /, "");
    assertEquals([problem.endsWith(": ") ? told.slice(0, problem.length) : told, more], [problem, []]);
  });
}
