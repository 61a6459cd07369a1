/** vLLM Semantic Router's configuration, key by key, and whole files of it. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { parseYaml } from "../../../lib/config/yaml.ts";
import { nativeForm } from "../../../lib/config/native_form.ts";
import { nativeText } from "../../../lib/config/native_text.ts";
import { valueAt } from "../../../lib/config/path.ts";
import { ROOT_KEYS } from "../../../lib/config/dialects/semantic_router/keys.ts";
import { NOT_HERE } from "../../../lib/config/dialects/semantic_router/not_here.ts";
import { semanticRouter } from "../../../lib/config/dialects/semantic_router/semantic_router.ts";
import { verbatim } from "../../../lib/config/dialects/semantic_router/reader.ts";
import { substitute } from "../../../lib/config/substitution.ts";
import { loadText, problemsOf } from "../load_text.ts";

/** Something that says whose file it is, and works. */
const BASE = `vllm_endpoints:
  - { name: e1, address: 127.0.0.1, port: 8000 }
  - { name: e2, address: "::1", port: 8001, weight: 3 }
`;

function formOf(text: string) {
  const document = parseYaml(text, "vsr.yaml");
  assertEquals(document.problems, []);
  return nativeForm(document, document.tree ?? {}, "vsr.yaml", {
    env: () => undefined,
    readFile: () => "",
  }, [semanticRouter]);
}

function native(text: string, path: string): unknown {
  const { tree, problems } = formOf(text);
  assertEquals(problems, []);
  return valueAt(tree, path.split(" "));
}

function notes(text: string): string[] {
  return formOf(text).notes.map(({ path, message }) => `${path.join(" ")}: ${message}`);
}

function mistakes(text: string): string[] {
  return formOf(text).problems.map(({ line, path, message }) => `${line} ${path.join(" ")}: ${message}`);
}

const MODEL = (more = "") => `${BASE}model_config:\n  m:\n    preferred_endpoints: [e1]\n${more}`;
const FAMILIES = `reasoning_families:
  qwen3: { type: chat_template_kwargs, parameter: enable_thinking }
  gpt: { type: reasoning_effort, parameter: reasoning_effort }
  odd: { type: reasoning_effort, parameter: reasoning.effort }
`;
const CATEGORY = (more: string, model = "    reasoning_family: gpt\n") =>
  `${
    MODEL(model)
  }${FAMILIES}categories:\n  - name: math\n    model_scores:\n      - { model: m, score: 0.9, use_reasoning: true }\n${more}`;

/** [what it shows, the file, a native path with spaces between its steps, what stands there] */
const CONVERTED: readonly [string, string, string, unknown][] = [
  ["the port of the router's Envoy", BASE, "server port", 8801],
  ["conventions", BASE, "observability conventions", ["semantic_router", "openinference"]],
  ["service name", BASE, "observability tracing resource service_name", "vllm-semantic-router"],
  ["endpoints are providers", BASE, "providers e1", { type: "vllm", base_url: "http://127.0.0.1:8000/v1" }],
  ["IPv6", BASE, "providers e2 base_url", "http://[::1]:8001/v1"],
  [
    "endpoint: type, protocol, path, key",
    `vllm_endpoints: [{ name: o, address: api.example, port: 443, type: openai, protocol: https, path: /x/v1, api_key: "\${K}" }]`,
    "providers o",
    { type: "openai", base_url: "https://api.example:443/x/v1", api_key: "${K}" },
  ],
  [
    "endpoint: health",
    `vllm_endpoints: [{ name: o, address: h, port: 1, health_check_path: /ping }]`,
    "providers o health_check",
    { path: "/ping" },
  ],
  ["model: preferred endpoint", MODEL(), "models m targets", ["e1/m"]],
  [
    "model: weights of endpoints",
    `${BASE}model_config: { m: { preferred_endpoints: [e1, e2] } }`,
    "models m targets",
    ["e1/m", { provider: "e2", model: "m", weight: 3 }],
  ],
  [
    "model: endpoints that name their models, as early versions did",
    "vllm_endpoints: [{ name: a, address: h, port: 1, models: [x, y] }, { name: b, address: h, port: 2, models: [y] }]",
    "models",
    { x: { targets: ["a/x"] }, y: { targets: ["a/y", "b/y"] } },
  ],
  [
    "model: its name at the endpoint",
    MODEL("    external_model_ids: { vllm: org/m, openai: gpt }\n"),
    "models m targets",
    ["e1/org/m"],
  ],
  [
    "model: a name with a slash",
    `${BASE}model_config: { o/m: { preferred_endpoints: [e1] } }`,
    "models o/m targets",
    [
      "e1/o/m",
    ],
  ],
  [
    "model: key of its own",
    MODEL("    access_key: ${K}\n"),
    "providers e1-m",
    { type: "vllm", base_url: "http://127.0.0.1:8000/v1", api_key: "${K}" },
  ],
  ["model: key of its own, target", MODEL("    access_key: ${K}\n"), "models m targets", ["e1-m/m"]],
  [
    "model: Anthropic's API",
    `${BASE}model_config: { c: { api_format: anthropic, access_key: k, external_model_ids: { anthropic: claude } } }`,
    "models c targets",
    ["anthropic-c/claude"],
  ],
  ["model: LoRA", MODEL("    loras: [{ name: lo }]\n"), "models lo targets", ["e1/lo"]],
  [
    "model: prices",
    MODEL(
      "    pricing: { currency: USD, prompt_per_1m: 0.5, completion_per_1m: 2, cached_input_per_1m: 0.1 }\n",
    ),
    "prices e1/m",
    { input: 0.5, output: 2, cached_input: 0.1 },
  ],
  [
    "reasoning: switch",
    MODEL("    reasoning_family: qwen3\n") + FAMILIES,
    "models m reasoning_switch",
    "enable_thinking",
  ],
  ["reasoning: effort has no switch", MODEL("    reasoning_family: gpt\n") + FAMILIES, "models m", {
    targets: ["e1/m"],
  }],
  ["reasoning: default effort", `${BASE}default_reasoning_effort: high`, "routing reasoning_effort", "high"],
  ["routing by score alone", BASE, "routing weights", { quality: 1, cost: 0, latency: 0 }],
  ["routing: auto and MoM", BASE, "routing auto_models", ["auto", "MoM"]],
  ["routing: another name", `${BASE}auto_model_name: best`, "routing auto_models", ["best", "auto"]],
  ["routing: default model", `${MODEL()}default_model: m`, "routing default_model", "m"],
  ["prompts for chosen models alone", BASE, "routing system_prompts", "auto"],
  ["category: score and reasoning", CATEGORY(""), "categories math models m", {
    score: 0.9,
    reasoning: true,
  }],
  ["category: no reasoning for a model without a family", CATEGORY("", ""), "categories math models m", {
    score: 0.9,
  }],
  [
    "category: effort for all its models",
    CATEGORY("    reasoning_effort: high\n"),
    "categories math models m",
    { score: 0.9, reasoning: true, reasoning_effort: "high" },
  ],
  [
    "category: reasoning for all its models, of the first versions",
    `${
      MODEL("    reasoning_family: gpt\n")
    }${FAMILIES}categories: [{ name: a, use_reasoning: false, model_scores: [{ model: m, score: 1 }] }]`,
    "categories a models m",
    { score: 1, reasoning: false },
  ],
  [
    "category: LoRA",
    `${
      MODEL("    loras: [{ name: lo }]\n")
    }categories: [{ name: a, model_scores: [{ model: m, lora_name: lo, score: 1 }] }]`,
    "categories a models",
    { lo: { score: 1 } },
  ],
  ["category: prompt replaces", CATEGORY("    system_prompt: Count.\n"), "categories math system_prompt", {
    text: "Count.",
    mode: "replace",
  }],
  [
    "category: prompt before the client's",
    CATEGORY("    system_prompt: Count.\n    system_prompt_mode: insert\n"),
    "categories math system_prompt mode",
    "prepend",
  ],
  [
    "category: prompt that is off",
    CATEGORY("    system_prompt: Count.\n    system_prompt_enabled: false\n"),
    "categories math system_prompt",
    undefined,
  ],
  [
    "category: $$ in a prompt is no substitution",
    CATEGORY("    system_prompt: Write $$x$$ and $5.\n"),
    "categories math system_prompt text",
    "Write $$$x$$$ and $5.",
  ],
  [
    "category: description of its own",
    CATEGORY("    description: Sums\n"),
    "categories math description",
    "Sums",
  ],
  [
    "category: told by its domain",
    `${BASE}categories: [{ name: numbers, mmlu_categories: [math], model_scores: [] }]`,
    "categories numbers description",
    "Mathematics: arithmetic, algebra, geometry, calculus, probability and proofs.",
  ],
  [
    "category: what is about nothing else, by its domain",
    `${BASE}categories: [{ name: math }, { name: rest, mmlu_categories: [other] }]`,
    "classification otherwise",
    "rest",
  ],
  [
    "keys of the gateway's own beside the router's",
    `${BASE}observability: { capture_content: true, tracing: { service_name: s, exporter: { endpoint: "", headers: { a: b } } } }`,
    "observability",
    {
      capture_content: true,
      tracing: { service_name: "s", exporter: { headers: { a: "b" } } },
      conventions: ["semantic_router", "openinference"],
    },
  ],
  [
    "category: other claims nothing",
    `${BASE}categories: [{ name: general, mmlu_categories: [other] }]`,
    "categories general keywords",
    undefined,
  ],
  [
    "category: what is about nothing else",
    `${BASE}categories: [{ name: math }, { name: general, mmlu_categories: [other] }, { name: other }]`,
    "classification otherwise",
    "other",
  ],
  [
    "fallback category",
    `${BASE}categories: [{ name: math }]\nclassifier: { category_model: { fallback_category: x } }`,
    "classification otherwise",
    "x",
  ],
  ["no categories, no classification", BASE, "classification", undefined],
  [
    "keyword rules",
    `${BASE}categories: [{ name: x }]\nkeyword_rules: [{ category: x, operator: OR, keywords: [a, b] }]`,
    "categories x keywords",
    ["x", "a", "b"],
  ],
  [
    "embedding rules",
    `${BASE}categories: [{ name: x }]\nembedding_rules: [{ category: x, keywords: [how to a] }]`,
    "categories x examples",
    ["how to a"],
  ],
  ["PII: denied", MODEL("    pii_policy: { allow_by_default: false }\n"), "pii", {
    enabled: true,
    on: ["requests"],
    action: "block",
  }],
  [
    "PII: types that may pass",
    MODEL(
      "    pii_policy: { allow_by_default: false, pii_types_allowed: [EMAIL_ADDRESS, person, B-US_SSN, NO_PII] }\n",
    ),
    "pii types",
    { email: "allow", us_ssn: "allow" },
  ],
  [
    "PII: the strictest policy",
    `${BASE}model_config:
  a: { pii_policy: { allow_by_default: false, pii_types_allowed: [EMAIL_ADDRESS, IP_ADDRESS] } }
  b: { pii_policy: { allow_by_default: false, pii_types_allowed: [EMAIL_ADDRESS] } }
  c: { pii_policy: { allow_by_default: true } }`,
    "pii types",
    { email: "allow" },
  ],
  [
    "PII: a detector and nothing denied is told of",
    `${MODEL("    pii_policy: { allow_by_default: true }\n")}classifier: { pii_model: { model_id: x } }`,
    "pii action",
    "allow",
  ],
  [
    "PII: with a detector, a model that says nothing denies",
    `${MODEL()}classifier: { pii_model: { model_id: x } }`,
    "pii action",
    "block",
  ],
  ["PII: nothing said", MODEL(), "pii", undefined],
  ["jailbreak: off", `${BASE}prompt_guard: { enabled: false, threshold: 0.7 }`, "jailbreak", undefined],
  ["jailbreak", `${BASE}prompt_guard: { enabled: true, threshold: 0.7 }`, "jailbreak", { enabled: true }],
  [
    "jailbreak: for all where one category asks for it",
    `${BASE}prompt_guard: { enabled: false }\ncategories: [{ name: a, jailbreak_enabled: true }]`,
    "jailbreak",
    { enabled: true },
  ],
  ["cache: off", `${BASE}semantic_cache: { enabled: false, eviction_policy: lfu }`, "cache", undefined],
  [
    "cache",
    `${BASE}semantic_cache: { enabled: true, ttl_seconds: 600, max_entries: 5 }`,
    "cache",
    { enabled: true, store: "memory", ttl: "10m", max_entries: 5, semantic: { embedding: "ngram" } },
  ],
  [
    "cache: for ever",
    `${BASE}semantic_cache: { enabled: true, ttl_seconds: 0, max_entries: 0 }`,
    "cache ttl",
    "3650d",
  ],
  [
    "cache: off for all where one category's answers are not to be kept",
    `${BASE}semantic_cache: { enabled: true }\ncategories: [{ name: a, semantic_cache_enabled: false }]`,
    "cache",
    undefined,
  ],
  [
    "responses: how long",
    `${BASE}response_api: { enabled: true, ttl_seconds: 0, max_responses: 9 }`,
    "conversations",
    {
      ttl: "30d",
      max_entries: 9,
    },
  ],
  [
    "tracing",
    `${BASE}observability:
  metrics: { enabled: false }
  tracing:
    enabled: true
    provider: opentelemetry
    exporter: { type: otlp, endpoint: "jaeger:4317", insecure: true }
    sampling: { type: probabilistic, rate: 0.1 }
    resource: { service_name: r, service_version: v1, deployment_environment: prod }`,
    "observability",
    {
      conventions: ["semantic_router", "openinference"],
      metrics: { enabled: false },
      tracing: {
        enabled: true,
        provider: "opentelemetry",
        exporter: { type: "otlp", endpoint: "jaeger:4317", insecure: true },
        sampling: { type: "probabilistic", rate: 0.1 },
        resource: { service_name: "r", service_version: "v1", deployment_environment: "prod" },
      },
    },
  ],
];

Deno.test("each key that has an equivalent is converted", () => {
  for (const [title, text, path, expected] of CONVERTED) {
    assertEquals(native(text, path), expected, title);
  }
});

const DECISION = (rules: string, more = "") =>
  `${MODEL()}categories: [{ name: math }, { name: law }, { name: other }]
keyword_rules: [{ name: k, operator: OR, keywords: [asap] }]
embedding_rules: [{ name: e, candidates: [how do I] }]
decisions:
  - name: d
    priority: 10
    rules: ${rules}
    modelRefs: [{ model: m, use_reasoning: true }]
${more}`;

Deno.test("decisions for any of some domains, keywords and examples are categories", () => {
  const one = formOf(DECISION("{ operator: AND, conditions: [{ type: domain, name: math }] }")).tree;
  assertEquals(valueAt(one, ["categories", "math", "models"]), { m: { score: 1 } });
  assertEquals(Object.keys(valueAt(one, ["categories"]) as object), ["math", "law", "other"]);
  const any = formOf(DECISION(
    "{ operator: OR, conditions: [{ type: domain, name: law }, { type: keyword, name: k }, { type: embedding, name: e }] }",
  )).tree;
  const keywords = valueAt(any, ["categories", "d", "keywords"]) as string[];
  assert(keywords.includes("asap") && keywords.includes("lawyer*"));
  assert((valueAt(any, ["categories", "d", "examples"]) as string[]).includes("how do I"));
  assertEquals(Object.keys(valueAt(any, ["categories"]) as object), ["d", "math", "other"]);
});

Deno.test("of decisions for the same requests the one with the highest priority counts", () => {
  const text = DECISION(
    "{ operator: AND, conditions: [{ type: domain, name: math }] }",
    `  - name: above
    priority: 20
    rules: { operator: OR, conditions: [{ type: domain, name: math }] }
    modelRefs: [{ model: m }]
    plugins: [{ type: system_prompt, configuration: { system_prompt: Hi, mode: insert } }]
`,
  );
  assertEquals(native(text, "categories math system_prompt"), { text: "Hi", mode: "prepend" });
  assert(notes(text).some((note) => note.startsWith("decisions 0: is never taken")));
});

Deno.test("a decision that a category cannot stand for is left out, by name", () => {
  const rules = [
    [
      "{ operator: AND, conditions: [{ type: domain, name: math }, { type: domain, name: law }] }",
      "ANDs and NOTs",
    ],
    ["{ operator: NOT, conditions: [{ type: domain, name: math }] }", "ANDs and NOTs"],
    ["{ operator: OR, conditions: [{ type: language, name: en }] }", "type language"],
    ["{ operator: OR, conditions: [{ operator: AND, conditions: [] }] }", "type ?"],
    ["{}", "without a type"],
  ];
  for (const [rule = "", why = ""] of rules) {
    const text = DECISION(rule);
    assert(notes(text).some((note) => note.includes(why) && note.includes("left out")), rule);
    assertEquals(native(text, "categories math models"), undefined, rule);
  }
});

/** [the file, the beginning of the note that it gets] */
const NOTED: readonly [string, string][] = [
  [`${BASE}tools: { enabled: true, top_k: 3 }`, "tools: tools are not chosen"],
  [`${BASE}api: { batch_classification: {} }`, "api: the classification API"],
  [`${BASE}hallucination_mitigation: { enabled: true }`, "hallucination_mitigation: "],
  [`${BASE}prompt_guard: { enabled: true }`, "prompt_guard: is another detector"],
  [`${BASE}prompt_guard: { enabled: true, use_vllm: true }`, "prompt_guard use_vllm: the guard model"],
  [
    `${BASE}prompt_guard: { enabled: true }\ncategories: [{ name: math, jailbreak_enabled: false }]`,
    "categories 0 jailbreak_enabled: attacks are looked for in all",
  ],
  [
    `${BASE}prompt_guard: { enabled: true }\ncategories: [{ name: math, jailbreak_threshold: 0.9 }]`,
    "categories 0 jailbreak_threshold: ",
  ],
  [`${BASE}categories: [{ name: math, pii_enabled: false }]`, "categories 0 pii_enabled: "],
  [
    `${BASE}categories: [{ name: math, pii_threshold: 0.5 }]`,
    "categories 0 pii_threshold: does not carry over",
  ],
  [
    `${BASE}categories: [{ name: x }]\nkeyword_rules: [{ category: x, keywords: [a], method: bm25 }]`,
    "keyword_rules 0 method: ",
  ],
  [`${BASE}zebra: {}`, "zebra: is not read"],
  [`${BASE}ratelimit: { providers: [{ type: local-limiter }] }`, "ratelimit: limits are `rate_limit`"],
  [`${BASE}authz: { fail_open: true }`, "authz: keys of callers"],
  [`${BASE}router_replay: { enabled: true }`, "router_replay: "],
  [`${BASE}classifier: { mcp_category_model: { enabled: true } }`, "classifier mcp_category_model: "],
  [`${BASE}include_config_models_in_list: false`, "include_config_models_in_list: "],
  [
    `${BASE}categories: [{ name: math }]\nclassifier: { category_model: { threshold: 0.6 } }`,
    "classifier category_model: is another classifier",
  ],
  [`${BASE}categories: [{ name: zebras }]`, 'categories 0: the gateway has no words for "zebras"'],
  [
    `${BASE}semantic_cache: { enabled: true, similarity_threshold: 0.8 }`,
    "semantic_cache similarity_threshold: does not carry over",
  ],
  [`${BASE}semantic_cache: { enabled: true, eviction_policy: fifo }`, "semantic_cache eviction_policy: "],
  [
    `${BASE}semantic_cache: { enabled: true, backend_type: redis }`,
    "semantic_cache backend_type: answers are kept in memory: for a store",
  ],
  [
    `${BASE}semantic_cache: { enabled: true, backend_type: milvus }`,
    "semantic_cache backend_type: answers are kept in memory: there is no milvus",
  ],
  [
    `${BASE}semantic_cache: { enabled: true }\ncategories: [{ name: math, semantic_cache_enabled: false }]`,
    "categories 0 semantic_cache_enabled: ",
  ],
  [
    `${BASE}semantic_cache: { enabled: true }\ncategories: [{ name: math, semantic_cache_similarity_threshold: 0.9 }]`,
    "categories 0 semantic_cache_similarity_threshold: ",
  ],
  [MODEL("    pricing: { currency: EUR, prompt_per_1m: 1 }\n"), "model_config m pricing currency: "],
  [MODEL("    pii_policy: { allow_by_default: false }\n"), "model_config m pii_policy: what has no form"],
  [
    MODEL("    pii_policy: { allow_by_default: false, pii_types_allowed: [EMAIL] }\n"),
    'model_config m pii_policy pii_types_allowed 0: "EMAIL" is no type',
  ],
  [`${BASE}model_config: { m: {} }`, "model_config m: names no preferred_endpoints"],
  [
    MODEL("    reasoning_family: qwen\n") + FAMILIES,
    'model_config m reasoning_family: no reasoning family is called "qwen"; did you mean "qwen3"?',
  ],
  [MODEL("    reasoning_family: odd\n") + FAMILIES, "reasoning_families odd parameter: "],
  [`vllm_endpoints: [{ name: a, address: h, port: 1, type: marvin }]`, 'vllm_endpoints 0 type: "marvin"'],
  [
    `${BASE}categories: [{ name: x }]\nkeyword_rules: [{ category: x, operator: AND, keywords: [a] }]`,
    "keyword_rules 0 operator: ",
  ],
  [
    `${BASE}keyword_rules: [{ category: y, operator: OR, keywords: [a] }]`,
    "keyword_rules 0 category: nothing",
  ],
  [`${BASE}observability: { tracing: { provider: openllmetry } }`, "observability tracing provider: "],
  [
    `${BASE}observability: { tracing: { exporter: { type: jaeger, endpoint: "j:4317" } } }`,
    "observability tracing exporter type: ",
  ],
  [
    `${BASE}observability: { metrics: { windowed_metrics: { enabled: true } } }`,
    "observability metrics windowed_metrics: ",
  ],
  [`${BASE}response_api: { enabled: true, store_backend: redis }`, "response_api store_backend: "],
];

Deno.test("what has no equivalent, or not quite, is named with the reason", () => {
  for (const [text, beginning] of NOTED) {
    const found = notes(text);
    assert(found.some((note) => note.startsWith(beginning)), `${beginning}\n${found.join("\n")}`);
  }
});

Deno.test("what is switched off, or empty, is passed over in silence", () => {
  const text = `${BASE}tools: { enabled: false, top_k: 3 }
hallucination_mitigation: { enabled: false }
router_replay: {}
external_models: []
bert_model: { model_id: x, threshold: 0.6, use_cpu: true }
embedding_models: { use_cpu: true }
clear_route_cache: true
semantic_cache: { enabled: false, backend_type: milvus, eviction_policy: fifo }
`;
  assertEquals(notes(text), []);
});

Deno.test("every key of the root is converted, named with a reason, or means nothing here", () => {
  const converted = new Set([
    ...["vllm_endpoints", "model_config", "reasoning_families", "default_model", "default_reasoning_effort"],
    ...["categories", "decisions", "keyword_rules", "embedding_rules", "classifier", "auto_model_name"],
    "prompt_guard",
    ...["semantic_cache", "response_api", "observability", "config_source", "include_config_models_in_list"],
  ]);
  // Paths of models in the router's own process, Envoy's, and what endpoints and decisions refer to.
  const silent = [
    "bert_model",
    "embedding_models",
    "mom_registry",
    "clear_route_cache",
    "streamed_body_mode",
  ];
  for (const key of ROOT_KEYS) {
    const named = Object.hasOwn(NOT_HERE, key);
    const known = converted.has(key) || [...silent, "provider_profiles", "strategy"].includes(key);
    assert(named !== known, key);
  }
});

/** [the file, the mistake with its line] */
const MISTAKEN: readonly [string, string][] = [
  [
    `${BASE}semantic_cache:\n  enabled: true\n  ttl_second: 5\n`,
    '6 semantic_cache ttl_second: unknown key; did you mean "ttl_seconds"?',
  ],
  [`${BASE}defalt_model: m\n`, '4 defalt_model: unknown key; did you mean "default_model"?'],
  [
    `${BASE}model_config:\n  m:\n    reasoning_famly: qwen3\n`,
    '6 model_config m reasoning_famly: unknown key; did you mean "reasoning_family"?',
  ],
  [
    `${BASE}categories:\n  - name: a\n    model_score: []\n`,
    '6 categories 0 model_score: unknown key; did you mean "model_scores"?',
  ],
  [
    `${BASE}categories:\n  - name: a\n    model_scores:\n      - { modle: m }\n`,
    '7 categories 0 model_scores 0 modle: unknown key; did you mean "model"?',
  ],
  [`${BASE}vllm_endpoints2: []\n`, '4 vllm_endpoints2: unknown key; did you mean "vllm_endpoints"?'],
  [`vllm_endpoints:\n  - name: a\n    address: h\n`, "2 vllm_endpoints 0 port: is missing; expected a port"],
  [`vllm_endpoints:\n  - address: h\n`, "2 vllm_endpoints 0 name: is missing; expected the endpoint's name"],
  [
    `${BASE}model_config:\n  m:\n    preferred_endpoints: [e3]\n`,
    '6 model_config m preferred_endpoints 0: no endpoint is called "e3"; did you mean "e1"?',
  ],
  [
    `${BASE}reasoning_families:\n  q: { type: effort }\nmodel_config:\n  m: { reasoning_family: q }\n`,
    '5 reasoning_families q type: expected one of chat_template_kwargs, reasoning_effort, got "effort"',
  ],
  [`${BASE}semantic_cache:\n  enabled: perhaps\n`, "5 semantic_cache enabled: expected true or false"],
  [`${BASE}categories:\n  math: {}\n`, "4 categories: expected a list"],
  [
    `${BASE}config_source: kubernetes\n`,
    "4 config_source: resources of Kubernetes are not read; the configuration has to be a file",
  ],
];

Deno.test("a mistake is told with the line of the original and what is meant", () => {
  for (const [text, expected] of MISTAKEN) {
    const found = mistakes(text);
    assert(found.some((it) => it === expected), `${expected}\n${found.join("\n")}`);
  }
  assertEquals(mistakes(`${BASE}categories: {}\n`), ["4 categories: expected a list"], "told once");
});

Deno.test("what the gateway's own checks find is told with the line of the original", () => {
  const text = `${MODEL()}${FAMILIES}default_model: n
default_reasoning_effort: hihg
categories:
  - name: math
    model_scores:
      - model: m
        score: 3
      - model: o
        score: 1
observability:
  tracing:
    sampling:
      type: sometimes
    samplin: {}
`;
  assertEquals(problemsOf(text), [
    'config.yaml:11: default_model: no model is called "n"; did you mean "m"?',
    'config.yaml:12: default_reasoning_effort: expected one of minimal, low, medium, high, xhigh or max, got "hihg"; did you mean "high"?',
    "config.yaml:17: categories[0].model_scores[0].score: expected a number from 0 to 1, got 3",
    'config.yaml:18: categories[0].model_scores[1].model: no model is called "o"; did you mean "m"?',
    'config.yaml:23: observability.tracing.sampling.type: expected one of always, always_on, never, always_off, probability, probabilistic, traceidratio, consistent_probability, parentbased_always_on, parentbased_always_off or parentbased_traceidratio, got "sometimes"',
    'config.yaml:24: observability.tracing.samplin: unknown key; did you mean "sampling"?',
  ]);
});

Deno.test("a file is taken for the router's by keys that are its alone", () => {
  for (
    const text of [
      BASE,
      "model_config: {}",
      "version: v0.3\nrouting: {}",
      "semantic_cache: { enabled: false }",
    ]
  ) {
    assertEquals(formOf(text).dialect?.title, "vLLM Semantic Router", text);
  }
  const guide = "observability: { tracing: { provider: opentelemetry, sampling: { type: always_on } } }";
  for (
    const text of [
      guide,
      "categories: { a: {} }",
      "categories: []",
      "classifier: {}",
      "providers: { a: { type: mock } }",
      "version: 1",
    ]
  ) {
    assertEquals(formOf(text).dialect, null, text);
  }
});

/** Of 0.3: [what it shows, the file behind its version, a native path, what stands there] */
const NESTED: readonly [string, string, string, unknown][] = [
  ["listener", "listeners: [{ address: 127.0.0.1, port: 8899 }]", "server", {
    port: 8899,
    host: "127.0.0.1",
  }],
  ["no listener", "listeners: []", "server port", 8801],
  [
    "keys of callers",
    'listeners: [{ port: 1, api_keys: ["${A}", b] }]',
    "auth keys",
    [{ name: "listener-1", key: "${A}" }, { name: "listener-2", key: "b" }],
  ],
  [
    "backend",
    "providers: { models: [{ name: m, backend_refs: [{ endpoint: 'h:80', protocol: https, api_key_env: K }] }] }",
    "providers m_primary",
    { type: "vllm", base_url: "https://h:80/v1", api_key: "${K}" },
  ],
  [
    "backend without a port",
    "providers: { models: [{ name: m, backend_refs: [{ endpoint: 'https://h' }, { endpoint: '[::1]' }] }] }",
    "providers",
    {
      "m_primary": { type: "vllm", base_url: "https://h:443/v1" },
      "m_backend-2": { type: "vllm", base_url: "http://[::1]:80/v1" },
    },
  ],
  [
    "backend with a URL",
    "providers: { models: [{ name: m, provider_model_id: x, backend_refs: [{ name: b, base_url: 'https://h/v1', provider: openai, extra_headers: { a: b } }] }] }",
    "providers m_b",
    { type: "openai", base_url: "https://h/v1", headers: { a: "b" } },
  ],
  [
    "the model's name there",
    "providers: { models: [{ name: m, provider_model_id: x, backend_refs: [{ name: b, base_url: 'https://h/v1', provider: openai }] }] }",
    "models m targets",
    ["m_b/x"],
  ],
  [
    "reasoning",
    "providers: { defaults: { reasoning_families: { q: { type: chat_template_kwargs, parameter: think } } }, models: [{ name: m, reasoning: { family: q }, backend_refs: [{ endpoint: h }] }] }",
    "models m reasoning_switch",
    "think",
  ],
  [
    "LoRA of a card",
    "providers: { models: [{ name: m, backend_refs: [{ endpoint: h }] }] }\nrouting: { modelCards: [{ name: m, loras: [{ name: lo }] }] }",
    "models lo targets",
    ["m_primary/lo"],
  ],
  [
    "context of a card",
    "providers: { models: [{ name: m, backend_refs: [{ endpoint: h }] }] }\nrouting: { modelCards: [{ name: m, context_window_size: 8192 }, { name: x }] }",
    "models m",
    { targets: ["m_primary/m"], context_length: 8192 },
  ],
  ["default model", "providers: { defaults: { default_model: m } }", "routing default_model", "m"],
  [
    "cache",
    "global: { stores: { semantic_cache: { enabled: true, ttl_seconds: 60 } } }",
    "cache ttl",
    "1m",
  ],
  [
    "observability",
    "global: { services: { observability: { tracing: { enabled: false } } } }",
    "observability tracing enabled",
    false,
  ],
];

Deno.test("sections of the gateway's own may stand beside the router's, and beat them", () => {
  const own = `auth: { keys: [{ name: web, key: k }] }
server: { port: 9 }
pii: { presidio: { url: "http://p" } }
jailbreak: { action: annotate }
classification: { classifiers: [keyword] }
`;
  const flat = `${MODEL("    pii_policy: { allow_by_default: false }\n")}categories: [{ name: math }]
prompt_guard: { enabled: true }\n${own}`;
  const nested =
    `version: v0.3\nlisteners: [{ port: 1 }]\nrouting: { signals: { domains: [{ name: math }] } }\n${own}`;
  for (const text of [flat, nested]) {
    assertEquals(native(text, "auth keys"), [{ name: "web", key: "k" }]);
    assertEquals(native(text, "server port"), 9);
    assertEquals(native(text, "classification classifiers"), ["keyword"]);
    assertEquals(native(text, "classification otherwise"), "other");
    assertEquals(native(text, "pii presidio url"), "http://p");
    assertEquals(native(text, "jailbreak action"), "annotate");
    assert(notes(text).every((note) => !/^(auth|server|pii|jailbreak|classification)[ :]/.test(note)));
  }
  assertEquals(native(flat, "pii action"), "block");
  assertEquals(native(flat, "jailbreak enabled"), true);
  assertEquals(problemsOf(`${BASE}server: { prot: 1 }\n`), [
    'config.yaml:4: server.prot: unknown key; did you mean "port"?',
  ]);
});

Deno.test("the form of 0.3 is read, with the places of the original", () => {
  for (const [title, text, path, expected] of NESTED) {
    const routing = text.includes("routing:") ? "" : "routing: {}\n";
    assertEquals(native(`version: v0.3\n${routing}${text}`, path), expected, title);
  }
  const newer =
    "version: v0.4\nrouting: {}\nglobal: { services: { observability: { tracing: { spans: { all: true } } } } }";
  assert(notes(newer).some((note) => note.startsWith("observability tracing spans: is not read")));
  assertEquals(problemsOf(newer), []);
  const text = `version: v0.3
routing:
  projections: {}
  decisions:
    - name: d
      emit: []
      rules: { operator: OR, conditions: [{ type: language, name: zh }] }
providers:
  defaults: { default_model: n }
  models:
    - name: m
      backend_refs:
        - endpoint: h:1
          weight: much
          auth_prefix: Token
    - name: catalogued
`;
  assertEquals(formOf(text).notes.map((note) => note.text), [
    "vsr.yaml:3: routing.projections: has no equivalent, and is not read",
    "vsr.yaml:6: routing.decisions[0].emit: is not read: it is no key of the router's that is known here",
    "vsr.yaml:7: routing.decisions[0].rules.conditions[0]: a condition of type language has no equivalent: this decision " +
    "is left out, and its requests are answered as if it were not there",
    "vsr.yaml:15: providers.models[0].backend_refs[0].auth_prefix: has no equivalent, and is not read",
    "vsr.yaml:16: providers.models[1]: has no equivalent, and is not read",
  ]);
  assertEquals(problemsOf(text), [
    'config.yaml:9: providers.defaults.default_model: no model is called "n"; did you mean "m"?',
    "config.yaml:14: providers.models[0].backend_refs[0].weight: expected a number",
  ]);
});

Deno.test("a prompt is taken as it stands, whatever it looks like", () => {
  fc.assert(fc.property(fc.array(fc.constantFrom("$", "{", "}", "A", ":-", " ")), (parts) => {
    const text = parts.join("");
    const { text: read, error } = substitute(verbatim(text), { env: () => undefined, readFile: () => "" });
    assertEquals([read, error], [text, null]);
  }));
});

Deno.test("whatever stands at a key, it is converted, noted or a mistake, and never a failure of the program", () => {
  const { positions } = parseYaml("", "vsr.yaml");
  const context = { env: () => undefined, readFile: () => "" };
  const entry = fc.dictionary(
    fc.constantFrom(
      "name",
      "model_scores",
      "plugins",
      "rules",
      "models",
      "keywords",
      "pricing",
      "type",
      "port",
    ),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.array(entry), fc.dictionary(fc.string(), entry));
  const flat = fc.dictionary(fc.constantFrom(...ROOT_KEYS), value);
  const nested = fc.record({
    version: fc.constant("v0.3"),
    listeners: fc.array(entry),
    providers: fc.oneof(value, fc.record({ models: value, defaults: value })),
    routing: fc.oneof(value, fc.record({ signals: value, decisions: value, modelCards: value })),
    global: fc.oneof(value, fc.record({ stores: value, services: value, model_catalog: value })),
  });
  fc.assert(
    fc.property(fc.oneof(flat, nested), (tree) => {
      const form = nativeForm(
        { tree, positions, problems: [] },
        { vllm_endpoints: [], ...tree },
        "f",
        context,
        [semanticRouter],
      );
      nativeText(form);
    }),
    { numRuns: 200 },
  );
});

Deno.test("whole files load, and their converted form is the same configuration", async () => {
  const directory = new URL("../../fixtures/dialects/semantic_router/", import.meta.url);
  let count = 0;
  for await (const { name } of Deno.readDir(directory)) {
    const text = await Deno.readTextFile(new URL(name, directory));
    const loaded = loadText(text);
    assertEquals(loaded.dialect, "vLLM Semantic Router", name);
    const converted = loadText(nativeText(formOf(text)));
    assertEquals(converted.dialect, null, name);
    const values = (of: typeof loaded) =>
      of.effective().map((key) => `${key.path} = ${key.value}`).toSorted();
    assertEquals(values(converted), values(loaded), name);
    count++;
  }
  assertEquals(count, 5);
});
