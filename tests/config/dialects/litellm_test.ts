import { assertEquals, assertStringIncludes } from "@std/assert";
import { isMapping, valueAt } from "../../../lib/config/path.ts";
import { converted, type DialectSources, problemsOf, warningsOf } from "./convert.ts";

interface Case extends DialectSources {
  readonly name: string;
  readonly text: string;
  /** Native keys, by path with points, and what has to stand there. */
  readonly gives?: Readonly<Record<string, unknown>>;
  readonly warns?: readonly string[];
  readonly fails?: readonly string[];
}

function list(...entries: readonly string[]): string {
  return `model_list:\n${entries.map((entry) => `  - ${entry}\n`).join("")}`;
}

const MODEL = list("{ model_name: m, litellm_params: { model: openai/gpt-4o } }");
const TWO = list(
  "{ model_name: a, litellm_params: { model: openai/gpt-4o } }",
  "{ model_name: b, litellm_params: { model: groq/llama } }",
);

function params(text: string): string {
  return list(`{ model_name: m, litellm_params: { ${text} } }`);
}

/** Providers of `litellm_params`, by prefix. */
const PROVIDERS: readonly Case[] = [
  {
    name: "a provider's key is the variable that LiteLLM reads",
    text: params("model: groq/llama-3"),
    gives: {
      "providers.groq": { type: "groq", api_key: "${GROQ_API_KEY}" },
      "models.m.targets": [{ provider: "groq", model: "llama-3" }],
    },
  },
  {
    name: "of several variables the first that is set",
    text: params("model: together_ai/x"),
    env: { TOGETHER_API_KEY: "k" },
    gives: { "providers.together_ai.api_key": "${TOGETHER_API_KEY}" },
  },
  {
    name: "references to the environment, and dollar signs",
    text: params('model: openai/a, api_key: os.environ/KEY, extra_headers: { x-a: "$5", x-b: os.environ/B }'),
    gives: {
      "providers.openai": { type: "openai", api_key: "${KEY}", headers: { "x-a": "$$5", "x-b": "${B}" } },
    },
  },
  {
    name: "an API like OpenAI's elsewhere, which may do without a key",
    text: params("model: openai/a, api_base: 'http://localhost:9/v1/chat/completions'"),
    gives: {
      "providers.openai-compatible": {
        type: "openai_compatible",
        base_url: "http://localhost:9/v1",
        api_key: "${OPENAI_API_KEY:-}",
      },
    },
  },
  {
    name: "OpenAI's own URL, and the organisation",
    text: params("model: openai/a, api_base: https://api.openai.com/v1/, organization: org-1"),
    gives: {
      "providers.openai.type": "openai",
      "providers.openai.headers": { "OpenAI-Organization": "org-1" },
    },
  },
  {
    name: "an URL from OPENAI_BASE_URL",
    text: params("model: gpt-4o"),
    env: { OPENAI_BASE_URL: "http://proxy:1/v1" },
    gives: {
      "providers.openai-compatible.base_url": "${OPENAI_BASE_URL}",
      "models.m.targets.0.model": "gpt-4o",
    },
  },
  {
    name: "Azure with a key and a version",
    text: params(
      "model: azure/dep, api_base: https://r.openai.azure.com/, api_version: '2024-10-21', api_key: os.environ/K",
    ),
    gives: {
      "providers.azure": {
        type: "azure",
        base_url: "https://r.openai.azure.com",
        api_version: "2024-10-21",
        api_key: "${K}",
      },
      "models.m.targets.0.model": "dep",
    },
  },
  {
    name: "Azure by its variables",
    text: params("model: azure/dep"),
    env: {
      AZURE_API_KEY: "k",
      AZURE_API_BASE: "https://r.openai.azure.com",
      AZURE_API_VERSION: "2024-10-21",
    },
    gives: {
      "providers.azure": {
        type: "azure",
        base_url: "${AZURE_API_BASE}",
        api_version: "${AZURE_API_VERSION}",
        api_key: "${AZURE_API_KEY}",
      },
    },
  },
  {
    name: "Azure's newest version is the API that has none in its path",
    text: params(
      "model: azure/responses/dep, api_base: https://r.openai.azure.com/openai/v1/, api_version: preview",
    ),
    gives: {
      "providers.azure.base_url": "https://r.openai.azure.com",
      "providers.azure.api_version": undefined,
      "models.m.targets.0.model": "dep",
    },
  },
  {
    name: "Azure with a service principal",
    text: params(
      "model: azure/d, api_base: https://r.openai.azure.com, tenant_id: os.environ/T, client_id: c, client_secret: os.environ/S",
    ),
    gives: {
      "providers.azure.oauth": {
        token_url: "https://login.microsoftonline.com/${T}/oauth2/v2.0/token",
        client_id: "c",
        client_secret: "${S}",
        scope: "https://cognitiveservices.azure.com/.default",
      },
    },
  },
  {
    name: "Azure with a token of Entra",
    text: params("model: azure/d, api_base: https://r.openai.azure.com, azure_ad_token: os.environ/T"),
    gives: { "providers.azure.api_key": "${T}", "providers.azure.key_header": "authorization" },
  },
  {
    name: "Claude at Azure's Foundry, its API below the resource's URL",
    text: params("model: azure_ai/claude-opus, api_key: k"),
    env: { AZURE_AI_API_BASE: "https://r.services.ai.azure.com" },
    gives: { "providers.azure_ai.base_url": "${AZURE_AI_API_BASE}/anthropic" },
  },
  {
    name: "a prefix alone: the model is called as clients call it",
    text: params("model: azure/, api_base: https://r.openai.azure.com, api_key: k"),
    gives: { "models.m.targets.0": { provider: "azure", model: "m" } },
  },
  {
    name: "Claude at Azure's Foundry",
    text: params(
      "model: azure_ai/claude-opus, api_base: https://r.services.ai.azure.com/anthropic, api_key: k",
    ),
    gives: {
      "providers.azure_ai": {
        type: "anthropic",
        base_url: "https://r.services.ai.azure.com/anthropic",
        api_key: "k",
      },
    },
  },
  {
    name: "Bedrock with keys, its region in the model's name",
    text: params(
      "model: bedrock/converse/eu-west-1/anthropic.claude, aws_access_key_id: os.environ/A, aws_secret_access_key: os.environ/B",
    ),
    gives: {
      "providers.bedrock": {
        type: "bedrock",
        region: "eu-west-1",
        aws: { access_key_id: "${A}", secret_access_key: "${B}" },
      },
      "models.m.targets.0.model": "anthropic.claude",
    },
  },
  {
    name: "Bedrock's region as LiteLLM has it by default; a role is not assumed",
    text: params("model: bedrock/us.amazon.nova, aws_role_name: arn:aws:iam::1:role/x"),
    gives: { "providers.bedrock.region": "us-west-2" },
    warns: [
      "their.yaml:2: model_list[0].litellm_params.aws_role_name: is not supported: the gateway assumes no role of AWS; give keys, a profile, or run it with the role",
    ],
  },
  {
    name: "Bedrock's region of the environment is left to it",
    text: params("model: bedrock/us.amazon.nova, aws_profile_name: p"),
    env: { AWS_REGION: "eu-central-1" },
    gives: { "providers.bedrock": { type: "bedrock", aws: { profile: "p" } } },
  },
  {
    name: "Vertex AI with a key file",
    text: params(
      "model: vertex_ai/gemini-2.5-pro, vertex_project: p, vertex_location: europe-west4, vertex_credentials: /k.json, extra_headers: { x-a: b }",
    ),
    gives: {
      "providers.vertex_ai": {
        type: "vertex",
        base_url:
          "https://europe-west4-aiplatform.googleapis.com/v1/projects/p/locations/europe-west4/publishers/google",
        google_credentials: "${file:/k.json}",
        headers: { "x-a": "b" },
      },
    },
  },
  {
    name: "Vertex AI, whose credentials a variable holds or names",
    text: list(
      "{ model_name: a, litellm_params: { model: vertex_ai/gemini-1, vertex_project: p, vertex_credentials: os.environ/TEXT } }",
      "{ model_name: b, litellm_params: { model: vertex_ai/meta/llama, vertex_project: p, vertex_location: global, vertex_credentials: os.environ/PATHVAR } }",
    ),
    env: { TEXT: '{"type":"service_account"}', PATHVAR: "/k.json" },
    gives: {
      "providers.vertex_ai.google_credentials": "${TEXT}",
      "providers.vertex_ai-aiplatform": {
        type: "vertex_openai",
        base_url: "https://aiplatform.googleapis.com/v1/projects/p/locations/global/endpoints/openapi",
        google_credentials: "${file:/k.json}",
      },
    },
  },
  {
    name: "Claude on Vertex AI is left out",
    text: params("model: vertex_ai/claude-opus, vertex_project: p"),
    gives: { models: undefined },
    warns: [
      "their.yaml:2: model_list[0].litellm_params.model: is not supported: Claude on Vertex AI; the deployment is left out",
    ],
  },
  {
    name: "Vertex AI without a project",
    text: params("model: vertex_ai/gemini-1"),
    fails: [
      "their.yaml:2: model_list[0].litellm_params.vertex_project: is missing; expected the project's name, or VERTEXAI_PROJECT",
    ],
  },
  {
    name: "Ollama, and short names at Fireworks and Hugging Face",
    text: list(
      "{ model_name: a, litellm_params: { model: ollama_chat/llama3.2, api_base: 'http://box:11434' } }",
      "{ model_name: b, litellm_params: { model: fireworks_ai/llama } }",
      "{ model_name: c, litellm_params: { model: huggingface/together/org/model } }",
    ),
    gives: {
      "providers.ollama_chat": {
        type: "ollama",
        base_url: "http://box:11434",
        api_key: "${OLLAMA_API_KEY:-}",
      },
      "models.b.targets.0.model": "accounts/fireworks/models/llama",
      "models.c.targets.0.model": "org/model:together",
    },
  },
  {
    name: "vLLM on this machine, where its URL is not given",
    text: params("model: hosted_vllm/x"),
    gives: { "providers.hosted_vllm.type": "vllm", "providers.hosted_vllm.base_url": undefined },
  },
  {
    name: "the provider beside the model's name",
    text: params("model: org/model, custom_llm_provider: openai, api_base: 'http://h:1'"),
    gives: { "models.m.targets.0": { provider: "openai-compatible", model: "org/model" } },
  },
  {
    name: "a provider that the gateway cannot ask",
    text: params("model: sagemaker/x"),
    gives: { providers: undefined },
    warns: [
      "their.yaml:2: model_list[0].litellm_params.model: is not supported: the provider sagemaker; the deployment is left out",
    ],
  },
  {
    name: "names that say nobody, or nearly somebody",
    text: list(
      "{ model_name: a, litellm_params: { model: llama } }",
      "{ model_name: b, litellm_params: { model: opnai/gpt-4o } }",
      "{ model_name: c, litellm_params: { model: x, custom_llm_provider: azur } }",
    ),
    fails: [
      'their.yaml:2: model_list[0].litellm_params.model: does not say who answers: "llama"; write openai/MODEL for an API like OpenAI\'s',
      'their.yaml:3: model_list[1].litellm_params.model: does not say who answers: "opnai"; did you mean "openai"?',
      'their.yaml:4: model_list[2].litellm_params.custom_llm_provider: no provider is called "azur"; did you mean "azure"?',
    ],
  },
  {
    name: "a credential of credential_list",
    text: `${
      params("model: azure/d, litellm_credential_name: eu")
    }credential_list:\n  - credential_name: eu\n    credential_values: { api_key: os.environ/K, api_base: 'https://r.openai.azure.com' }\n`,
    gives: { "providers.azure.api_key": "${K}", "providers.azure.base_url": "https://r.openai.azure.com" },
  },
  {
    name: "a credential that is not there",
    text: params("model: azure/d, api_base: https://r.openai.azure.com, litellm_credential_name: eu"),
    fails: [
      'their.yaml:2: model_list[0].litellm_params.litellm_credential_name: no entry of credential_list is called "eu"',
    ],
  },
  {
    name: "deployments with the same settings share a provider, others have their own",
    text: list(
      "{ model_name: a, litellm_params: { model: openai/a, api_key: os.environ/A } }",
      "{ model_name: b, litellm_params: { model: openai/b, api_key: os.environ/A } }",
      "{ model_name: c, litellm_params: { model: openai/c, api_key: os.environ/B } }",
    ),
    gives: {
      "models.a.targets.0.provider": "openai",
      "models.b.targets.0.provider": "openai",
      "models.c.targets.0.provider": "openai-2",
    },
  },
  {
    name: "time-outs, what goes at a time, and parameters that are refused",
    text: params(
      "model: openai/a, timeout: 30, stream_timeout: 2.5, max_parallel_requests: 4, drop_params: false",
    ),
    gives: {
      "providers.openai.timeouts": { first_chunk: "30s", between_chunks: "2500ms" },
      "providers.openai.max_connections": 4,
      "providers.openai.drop_params": "refuse",
    },
  },
  {
    name: "an answer that is made up",
    text: params("model: openai/a, mock_response: hi"),
    gives: { "providers.mock": { type: "mock" } },
    warns: [
      "their.yaml:2: model_list[0].litellm_params.mock_response: the built-in mock answers, in its own words",
    ],
  },
];

/** Several deployments, wildcards, other names. */
const MODELS: readonly Case[] = [
  {
    name: "a deployment's budget is its model's",
    text: list(
      "{ model_name: a, litellm_params: { model: openai/a, max_budget: 2.5, budget_duration: 1d } }",
      "{ model_name: b, litellm_params: { model: openai/b, max_budget: 9, budget_duration: 30d } }",
    ),
    gives: {
      "limits.models": {
        a: { budgets: [{ per: "day", usd: 2.5 }] },
        b: { budgets: [{ per: "month", usd: 9 }] },
      },
    },
  },
  {
    name: "a budget for which there is no period, or that is one of several deployments', is named",
    text: list(
      "{ model_name: a, litellm_params: { model: openai/a, max_budget: 2, budget_duration: 5h } }",
      "{ model_name: b, litellm_params: { model: openai/b, max_budget: 9, budget_duration: 1d } }",
      "{ model_name: b, litellm_params: { model: groq/b } }",
    ),
    warns: [
      'their.yaml:2: model_list[0].litellm_params.max_budget: is not supported with a budget_duration of "5h": ' +
      "budgets are of a day, week or month",
      "their.yaml:3: model_list[1].litellm_params.max_budget: is not supported: a budget of one of several " +
      "deployments; limits.models has it for all",
    ],
  },
  {
    name: "weights are shares, else rpm, else tpm",
    text: list(
      "{ model_name: a, litellm_params: { model: openai/a, rpm: 6, tpm: 9 } }",
      "{ model_name: a, litellm_params: { model: groq/a, rpm: 60 } }",
      "{ model_name: a, litellm_params: { model: xai/a, tpm: 1 } }",
    ),
    gives: {
      "models.a.targets": [
        { provider: "openai", model: "a", weight: 6 },
        { provider: "groq", model: "a", weight: 60 },
        { provider: "xai", model: "a", weight: 0 },
      ],
    },
  },
  {
    name: "two orders: those of the higher one stand in",
    text: list(
      "{ model_name: a, litellm_params: { model: openai/a, order: 1 } }",
      "{ model_name: a, litellm_params: { model: groq/a, order: 1 } }",
      "{ model_name: a, litellm_params: { model: xai/a, order: 2 } }",
    ),
    gives: {
      "models.a.targets": [
        { provider: "openai", model: "a" },
        { provider: "groq", model: "a" },
        { provider: "xai", model: "a", weight: 0 },
      ],
      "models.a.policy": undefined,
    },
  },
  {
    name: "more orders: one after the other",
    text: list(
      "{ model_name: a, litellm_params: { model: openai/a, order: 3 } }",
      "{ model_name: a, litellm_params: { model: groq/a, order: 1 } }",
      "{ model_name: a, litellm_params: { model: xai/a, order: 2 } }",
    ),
    gives: {
      "models.a.policy": "priority",
      "models.a.targets.0.provider": "groq",
      "models.a.targets.2.provider": "openai",
    },
  },
  {
    name: "wildcards",
    text: list(
      '{ model_name: "anthropic/*", litellm_params: { model: "anthropic/*" } }',
      '{ model_name: "*", litellm_params: { model: "openrouter/*" } }',
    ),
    gives: {
      "models.anthropic/*.targets": [{ provider: "anthropic", model: "*" }],
      "models.*.targets": [{ provider: "openrouter", model: "*" }],
    },
  },
  {
    name: "prices of a million tokens, and the length of a prompt",
    text: list(
      "{ model_name: a, litellm_params: { model: openai/x, input_cost_per_token: 1e-6 }, model_info: { output_cost_per_token: '2.5e-06', cache_read_input_token_cost: 0.0000001, max_input_tokens: 8000, mode: chat, id: one } }",
    ),
    gives: {
      "prices.openai/x": { input: 1, output: 2.5, cached_input: 0.1 },
      "models.a.context_length": 8000,
    },
  },
  {
    name: "what clients are to send, what a deployment cannot have, and a rule of access",
    text: list(
      "{ model_name: a, litellm_params: { model: openai/x, temperature: 0, max_retries: 1 }, model_info: { access_groups: [b], base_model: gpt-4o } }",
    ),
    warns: [
      "their.yaml:2: model_list[0].litellm_params.temperature: is not supported: parameters of requests have no defaults here; clients send them",
      "their.yaml:2: model_list[0].litellm_params.max_retries: is not supported: the gateway has one number of retries for all, retry.attempts",
      "their.yaml:2: model_list[0].model_info.access_groups: is not supported: every key of a client may ask for every model",
      "their.yaml:2: model_list[0].model_info.base_model: is not supported: prices are looked up by the deployment's own name; give input_cost_per_token and output_cost_per_token",
    ],
  },
  {
    name: "entries that are none",
    text: list(
      "{ model_name: a }",
      "{ litellm_params: { model: openai/a } }",
      "{ model_name: a, api_key: b, litellm_parms: 1, litellm_params: { modl: 1, model: openai/a } }",
    ),
    fails: [
      "their.yaml:2: model_list[0].litellm_params: is missing; expected a mapping with model",
      "their.yaml:3: model_list[1].model_name: is missing; expected the name that clients ask for",
      "their.yaml:4: model_list[2].api_key: unknown key; it belongs into litellm_params",
      'their.yaml:4: model_list[2].litellm_parms: unknown key; did you mean "litellm_params"?',
      'their.yaml:4: model_list[2].litellm_params.modl: unknown key; did you mean "model"?',
    ],
  },
];

/** `router_settings`. */
const ROUTER: readonly Case[] = [
  ...Object.entries({
    "simple-shuffle": "weighted",
    "least-busy": "least_busy",
    "latency-based-routing": "latency",
    "cost-based-routing": "cost",
  }).map(([strategy, policy]): Case => ({
    name: `the strategy ${strategy}`,
    text: `router_settings:\n  routing_strategy: ${strategy}\n`,
    gives: { "backends.policy": policy },
  })),
  {
    name: "the strategy usage-based-routing-v2",
    text:
      "router_settings:\n  routing_strategy: usage-based-routing-v2\n  redis_host: h\n  redis_port: 1\n  redis_password: os.environ/P\n",
    gives: { backends: { policy: "least_used", redis: { url: "redis://:${P}@h:1" } } },
    warns: [
      "their.yaml:2: router_settings.routing_strategy: goes by use, but rpm and tpm of deployments are no limits here",
    ],
  },
  {
    name: "a strategy that there is not",
    text: "router_settings:\n  routing_strategy: random\n",
    fails: [
      'their.yaml:2: router_settings.routing_strategy: expected one of simple-shuffle, least-busy, usage-based-routing, usage-based-routing-v2, latency-based-routing, cost-based-routing, got "random"',
    ],
  },
  {
    name: "retries, time-outs and breakers",
    text:
      "router_settings:\n  num_retries: 3\n  timeout: 30\n  stream_timeout: 5\n  retry_after: 1\n  allowed_fails: 2\n  cooldown_time: 0.5\n",
    gives: {
      retry: { attempts: 3, base_delay: "1s" },
      timeouts: { first_chunk: "30s", between_chunks: "5s" },
      "backends.breaker": { failures: 3, base_delay: "500ms", max_delay: "500ms" },
    },
  },
  {
    name: "no cool-downs; affinity of sessions; requests at a time",
    text:
      `${MODEL}router_settings:\n  disable_cooldowns: true\n  optional_pre_call_checks: [session_affinity, router_budget_limiting]\n  default_max_parallel_requests: 7\n`,
    gives: {
      "backends.breaker.failures": 0,
      "backends.max_rest": "off",
      "backends.sticky": true,
      "providers.openai.max_connections": 7,
    },
    warns: [
      'their.yaml:5: router_settings.optional_pre_call_checks[1]: is not supported: the check "router_budget_limiting"',
    ],
  },
  {
    name: "the router's settings beat those of litellm_settings",
    text:
      `${TWO}litellm_settings:\n  num_retries: 1\n  request_timeout: 9\n  fallbacks: [{ b: [a] }]\nrouter_settings:\n  num_retries: 2\n  timeout: 8\n  fallbacks: [{ a: [b] }]\n`,
    gives: {
      "retry.attempts": 2,
      "timeouts.first_chunk": "8s",
      "models.a.fallbacks": ["b"],
      "models.b.fallbacks": undefined,
    },
  },
  {
    name: "fallbacks of every kind, for all and for those without",
    text:
      `${TWO}router_settings:\n  fallbacks: [{ a: [b] }]\n  context_window_fallbacks: [{ "*": [b] }]\n  content_policy_fallbacks: [{ b: [{ model: a, temperature: 0 }] }]\n  default_fallbacks: [a]\n`,
    gives: {
      "models.a": {
        targets: [{ provider: "openai", model: "gpt-4o" }],
        fallbacks: ["b"],
        context_window_fallbacks: ["b"],
      },
      "models.b.fallbacks": ["a"],
      "models.b.context_window_fallbacks": undefined,
      "models.b.content_policy_fallbacks": ["a"],
    },
    warns: [
      "their.yaml:7: router_settings.content_policy_fallbacks[0].b[0]: only the model's name counts here: a fallback has no parameters of its own",
    ],
  },
  {
    name: "retries are as many as it takes to reach the last fallback",
    text: `${TWO}router_settings:\n  num_retries: 0\n  fallbacks: [{ a: [b] }]\n`,
    gives: { "retry.attempts": 1 },
  },
  {
    name: "a fallback that only a wildcard matches, one that is left out, and one that there is not",
    text: `${
      list(
        "{ model_name: a, litellm_params: { model: openai/a } }",
        '{ model_name: "gr*", litellm_params: { model: "openai/*" } }',
        '{ model_name: "groq/*", litellm_params: { model: "groq/*", weight: 2 } }',
        '{ model_name: "groq/*", litellm_params: { model: "xai/*", weight: 1 } }',
        "{ model_name: gone, litellm_params: { model: sagemaker/x } }",
      )
    }router_settings:\n  fallbacks: [{ a: [groq/llama, gone, aa] }]\n`,
    gives: {
      "models.groq/llama.targets": [
        { provider: "groq", model: "llama", weight: 2 },
        { provider: "xai", model: "llama", weight: 1 },
      ],
      "models.a.fallbacks": ["groq/llama"],
    },
    warns: [
      "their.yaml:6: model_list[4].litellm_params.model: is not supported: the provider sagemaker; the deployment is left out",
      'their.yaml:8: router_settings.fallbacks[0].a[1]: names a model that the gateway cannot serve: "gone"',
    ],
    fails: ['their.yaml:8: router_settings.fallbacks[0].a[2]: no model is called "aa"; did you mean "a"?'],
  },
  {
    name: "other names for models",
    text:
      `${TWO}router_settings:\n  model_group_alias: { c: a, d: { model: b, hidden: true }, a: b }\n  fallbacks: [{ c: [d] }]\n`,
    gives: { "models.a.aliases": ["c"], "models.b.aliases": ["d"], "models.a.fallbacks": ["b"] },
    warns: [
      "their.yaml:5: router_settings.model_group_alias.d.hidden: is not supported: aliases are listed among the models",
      'their.yaml:5: router_settings.model_group_alias.a: is not supported: an alias with the name of a model, "a"',
    ],
  },
  {
    name: "more retries than there are, Redis for limits, and a word with a letter wrong",
    text:
      "router_settings:\n  num_retries: 50\n  redis_host: h\n  retry_policy: {}\n  cooldown_tme: 3\n  brand_new: 1\n",
    gives: { "retry.attempts": 10 },
    warns: [
      "their.yaml:2: router_settings.num_retries: the gateway retries 10 times at the most",
      "their.yaml:4: router_settings.retry_policy: is not supported: the same number of retries for every error, retry.attempts",
      "their.yaml:6: router_settings.brand_new: is a key that the gateway does not know; it does nothing here",
    ],
    fails: ['their.yaml:5: router_settings.cooldown_tme: unknown key; did you mean "cooldown_time"?'],
  },
];

/** `litellm_settings`. */
const SETTINGS: readonly Case[] = [
  {
    name: "parameters that a provider does not take",
    text: "litellm_settings:\n  drop_params: true\n",
    gives: { drop_params: "drop" },
  },
  {
    name: "the same, refused",
    text: "litellm_settings:\n  drop_params: false\n",
    gives: { drop_params: "refuse" },
  },
  {
    name: "callbacks",
    text:
      "litellm_settings:\n  callbacks: prometheus\n  success_callback: [otel, langfuse]\n  failure_callback: [sentry]\n  service_callback: [prometheus_system, datadog]\n",
    env: { OTEL_ENDPOINT: "http://c:4318", OTEL_EXPORTER: "otlp_http" },
    gives: {
      "observability.metrics.enabled": true,
      "observability.tracing.exporter": { endpoint: "${OTEL_ENDPOINT}", protocol: "http/protobuf" },
    },
    warns: [
      'their.yaml:3: litellm_settings.success_callback[1]: is not supported: the callback "langfuse"; OpenTelemetry tells what it would',
      'their.yaml:4: litellm_settings.failure_callback[0]: is not supported: the callback "sentry"; OpenTelemetry tells what it would',
      'their.yaml:5: litellm_settings.service_callback[1]: is not supported: the service callback "datadog"',
    ],
  },
  {
    name: "guide 001's otel_config",
    text:
      "litellm_settings:\n  otel_config:\n    endpoint: http://c:4317\n    service_name: s\n    traces_exporter: otlp\n    logs_exporter: console\n    metrics_exporter: prometheus\n",
    gives: {
      "observability.tracing": { exporter: { endpoint: "http://c:4317", type: "otlp" }, service_name: "s" },
      "observability.logs.exporter.type": "stdout",
      "observability.metrics.exporter.type": "prometheus",
    },
  },
  {
    name: "guide 004's tracing and logging",
    text:
      "litellm_settings:\n  tracing: { enabled: true, generate_request_id: true, include_request_id_in_response: false, sampling_rate: 0.1 }\n  logging: { level: INFO, log_file: /l, log_format: text, log_requests: true, log_responses: false, log_slow_requests: true, slow_request_threshold_ms: 5000 }\n",
    gives: {
      "observability.tracing.enabled": true,
      "observability.tracing.sampler.rate": 0.1,
      logging: {
        level: "INFO",
        log_file: "/l",
        format: "pretty",
        log_requests: true,
        log_responses: false,
        slow_request_threshold: "5000ms",
      },
    },
    warns: ["their.yaml:2: litellm_settings.tracing.include_request_id_in_response: every answer has its id"],
  },
  {
    name: "guide 004's groups of metrics, and LiteLLM's",
    text:
      "litellm_settings:\n  prometheus_metrics_config:\n    - group: token_usage\n    - group: health\n    - { group: mine, metrics: [a], include_labels: [b] }\n    - group: other\n",
    gives: { "observability.metrics.groups": ["token_usage", "health"] },
    warns: [
      "their.yaml:5: litellm_settings.prometheus_metrics_config[2].metrics: is not supported: single metrics and labels cannot be chosen",
      "their.yaml:5: litellm_settings.prometheus_metrics_config[2].include_labels: is not supported: single metrics and labels cannot be chosen",
    ],
    fails: [
      "their.yaml:6: litellm_settings.prometheus_metrics_config[3].group: expected one of token_usage, requests, performance, health, system",
    ],
  },
  {
    name: "what is logged, and what is told of messages",
    text: "litellm_settings:\n  json_logs: true\n  set_verbose: True\n  turn_off_message_logging: true\n",
    gives: { logging: { format: "json", level: "DEBUG" }, "observability.capture_content": false },
  },
  {
    name: "a cache in Redis, keyed with the salt",
    text:
      "litellm_settings:\n  cache: true\n  cache_params: { type: redis, host: h, port: 6380, password: os.environ/P, ssl: true, ttl: 600, namespace: n, supported_call_types: [acompletion, aembedding], max_connections: 5 }\n",
    env: { LITELLM_SALT_KEY: "s" },
    gives: {
      cache: {
        enabled: true,
        store: "redis",
        redis: { url: "rediss://:${P}@h:6380" },
        secret: "${LITELLM_SALT_KEY}",
        namespace: "n",
        ttl: "600s",
      },
    },
    warns: [
      "their.yaml:3: litellm_settings.cache_params.supported_call_types[1]: answers of aembedding are not kept",
      "their.yaml:3: litellm_settings.cache_params.max_connections: is not supported: one server of Redis, by its URL",
    ],
  },
  {
    name: "a cache in a cluster of Redis",
    text:
      "litellm_settings:\n  cache: true\n  cache_params: { type: redis, password: p, ssl: true, socket_timeout: 2, redis_startup_nodes: [{ host: a, port: 7001 }, { host: b, port: '7002' }] }\n",
    env: { LITELLM_SALT_KEY: "s" },
    gives: {
      "cache.store": "redis",
      redis: { cluster: ["rediss://a:7001", "rediss://b:7002"], password: "p", timeout: "2s" },
    },
  },
  {
    name: "a cache in Redis behind Sentinels",
    text:
      "litellm_settings:\n  cache: true\n  cache_params: { type: redis, service_name: main, sentinel_nodes: [[a, 26379], [b, 26379]], sentinel_password: os.environ/S, password: p }\n",
    env: { LITELLM_SALT_KEY: "s", S: "t" },
    gives: {
      "cache.store": "redis",
      redis: {
        sentinels: ["a:26379", "b:26379"],
        master_name: "main",
        sentinel_password: "${S}",
        password: "p",
      },
    },
  },
  {
    name: "a cache in Redis by its variables, keyed with the master key",
    text: "litellm_settings:\n  cache: true\ngeneral_settings:\n  master_key: os.environ/MASTER\n",
    env: { REDIS_HOST: "h", REDIS_PORT: "1", REDIS_PASSWORD: "p" },
    gives: {
      "cache.redis.url": "redis://:${REDIS_PASSWORD}@${REDIS_HOST}:${REDIS_PORT}",
      "cache.secret": "${MASTER}",
    },
  },
  {
    name: "a cache in memory",
    text: "litellm_settings:\n  cache: true\n  cache_params: { type: local }\n",
    gives: { cache: { enabled: true, store: "memory" } },
  },
  {
    name: "a cache on disk without a secret",
    text: "litellm_settings:\n  cache: true\n  cache_params: { type: disk, disk_cache_dir: /d/ }\n",
    gives: { "cache.path": "/d/answers.db", "cache.secret": "litellm" },
    warns: [
      "their.yaml:3: litellm_settings.cache_params.type: what is asked is hashed without a secret, as LiteLLM does; set LITELLM_SALT_KEY, or cache.secret",
    ],
  },
  {
    name: "a cache by meaning",
    text:
      "litellm_settings:\n  cache: true\n  cache_params: { type: qdrant-semantic, similarity_threshold: 0.8, qdrant_semantic_cache_embedding_model: e, qdrant_collection_name: c }\n",
    gives: { cache: { enabled: true, store: "memory", semantic: { threshold: 0.8, embedding: "e" } } },
    warns: [
      "their.yaml:3: litellm_settings.cache_params.type: answers and vectors are kept in memory, not in Qdrant",
      "their.yaml:3: litellm_settings.cache_params.qdrant_collection_name: is not supported: vectors are compared in memory",
    ],
  },
  {
    name: "a cache that nobody may ask for, and one in a bucket",
    text: "litellm_settings:\n  cache: true\n  cache_params: { type: s3, s3_bucket_name: b }\n",
    gives: { "cache.enabled": false },
    warns: [
      "their.yaml:3: litellm_settings.cache_params.type: is not supported: a cache in s3; nothing is kept",
    ],
  },
  {
    name: "the same, its switch behind its parameters",
    text: "litellm_settings:\n  cache_params: { type: local, mode: default_off }\n  cache: true\n",
    gives: { "cache.enabled": false },
    warns: [
      "their.yaml:2: litellm_settings.cache_params.mode: is not supported: requests that ask to be kept; nothing is kept",
    ],
  },
  {
    name: "a switch that is none, and a word with a letter wrong",
    text: "litellm_settings:\n  drop_params: maybe\n  sucess_callback: [otel]\n  request_timeout: soon\n",
    fails: [
      "their.yaml:2: litellm_settings.drop_params: expected true or false, got text",
      'their.yaml:3: litellm_settings.sucess_callback: unknown key; did you mean "success_callback"?',
      "their.yaml:4: litellm_settings.request_timeout: expected seconds, a number of at least 0, got text",
    ],
  },
];

/** `general_settings`, variables and the rest of the file. */
const OTHERS: readonly Case[] = [
  {
    name: "what LiteLLM does where it is told nothing",
    text: "model_list: []\n",
    gives: {
      "server.port": 4000,
      "auth.master_key": undefined,
      "observability.conventions": ["llmrouter", "gen_ai"],
      "observability.metrics.profiles": ["gateway", "litellm"],
      "observability.tracing.service_name": "litellm-gateway",
    },
  },
  {
    name: "the master key is a client's too",
    text: "general_settings:\n  master_key: os.environ/KEY\n",
    gives: { auth: { master_key: "${KEY}", master_key_for_clients: true } },
  },
  {
    name: "the master key and the log's level of LiteLLM's variables",
    text: "model_list: []\n",
    env: { LITELLM_MASTER_KEY: "sk-1", LITELLM_LOG: "DEBUG" },
    gives: {
      auth: { master_key: "${LITELLM_MASTER_KEY}", master_key_for_clients: true },
      "logging.level": "${LITELLM_LOG}",
    },
  },
  {
    name: "limits of the server",
    text:
      "general_settings:\n  global_max_parallel_requests: 9\n  max_request_size_mb: 2\n  trusted_proxy_ranges: [10.0.0.0/8]\n",
    gives: {
      "server.max_in_flight": 9,
      "server.max_body_size": "2MiB",
      "server.trusted_proxies": ["10.0.0.0/8"],
    },
  },
  {
    name: "whose addresses are believed, and checks that are not made",
    text:
      "general_settings:\n  use_x_forwarded_for: true\n  database_url: os.environ/D\n  alerting: [slack]\n  enable_jwt_auth: true\n  allowed_ips: [1.2.3.4]\n",
    gives: { "server.trusted_proxies": ["0.0.0.0/0", "::/0"] },
    warns: [
      "their.yaml:2: general_settings.use_x_forwarded_for: believes everybody's X-Forwarded-For, as LiteLLM does; name your proxies in server.trusted_proxies",
      "their.yaml:3: general_settings.database_url: is not supported: LiteLLM's database is not read: keys are in auth.keys or keys, spend in spend (docs/keys.md, docs/limits.md)",
      "their.yaml:4: general_settings.alerting: is not supported: the gateway sends no alerts; Prometheus does (docs/metrics.md)",
      "their.yaml:5: general_settings.enable_jwt_auth: is not supported: who may call is said by auth.keys alone; this check is NOT made",
      "their.yaml:6: general_settings.allowed_ips: is not supported: requests from any address are answered; let a firewall or proxy choose",
    ],
  },
  {
    name: "health checks, where a provider has a path for them",
    text: `${
      list(
        "{ model_name: a, litellm_params: { model: openai/a } }",
        "{ model_name: b, litellm_params: { model: bedrock/b } }",
      )
    }general_settings:\n  background_health_checks: true\n  health_check_interval: 60\n`,
    gives: {
      "providers.openai.health_check": { interval: "60s" },
      "providers.bedrock.health_check": undefined,
    },
    warns: [
      "their.yaml:5: general_settings.background_health_checks: is not supported for bedrock: it has no path that tells its health",
    ],
  },
  {
    name: "variables of the file: the environment's own beat them",
    text: `environment_variables:\n  GROQ_API_KEY: in-the-file\n  OTEL_SERVICE_NAME: s\n${
      params("model: groq/a")
    }`,
    gives: {
      "providers.groq.api_key": "${GROQ_API_KEY:-in-the-file}",
      "observability.tracing.service_name": "s",
    },
  },
  {
    name: "AWS's variables of the file, and one that nothing reads",
    text:
      `environment_variables:\n  AWS_REGION: eu-west-1\n  AWS_ACCESS_KEY_ID: id\n  AWS_SECRET_ACCESS_KEY: key\n  LANGFUSE_HOST: h\n${
        params("model: bedrock/a")
      }`,
    gives: {
      "providers.bedrock": {
        type: "bedrock",
        region: "${AWS_REGION:-eu-west-1}",
        aws: {
          access_key_id: "${AWS_ACCESS_KEY_ID:-id}",
          secret_access_key: "${AWS_SECRET_ACCESS_KEY:-key}",
        },
      },
    },
    warns: [
      "their.yaml:5: environment_variables.LANGFUSE_HOST: does nothing here; set it in the environment where it is for that",
    ],
  },
  {
    name: "files that are included",
    text: "include: [models.yaml]\nlitellm_settings:\n  num_retries: 1\n",
    files: {
      "models.yaml":
        "model_list:\n  - model_name: a\n    litellm_params:\n      model: openai/a\n      temprature: 1\nlitellm_settings:\n  drop_params: true\n",
    },
    gives: { "models.a.targets.0.model": "a", drop_params: "drop", "retry.attempts": 1 },
    fails: [
      'models.yaml:5: model_list[0].litellm_params.temprature: unknown key; did you mean "temperature"?',
    ],
  },
  {
    name: "a file that is not there",
    text: "include: [models.yaml]\nmodel_list: []\n",
    fails: ['their.yaml:1: include[0]: the file "models.yaml" cannot be read'],
  },
  {
    name: "sections of the gateway's own beside LiteLLM's",
    text: `${MODEL}server:\n  port: 9\nobservability:\n  tracing: { exporter: { endpoint: "c:4317" } }\n`,
    gives: {
      "server.port": 9,
      "observability.tracing.exporter.endpoint": "c:4317",
      "observability.tracing.service_name": "litellm-gateway",
    },
  },
  {
    name: "sections that do nothing here, and one with a letter wrong",
    text: "model_list: []\nguardrails: []\nmcp_servers: {}\nrouter_setings: {}\n",
    warns: [
      "their.yaml:2: guardrails: is not supported: the whole section does nothing here",
      "their.yaml:3: mcp_servers: is not supported: the whole section does nothing here",
    ],
    fails: ['their.yaml:4: router_setings: unknown key; did you mean "router_settings"?'],
  },
];

for (
  const { name, text, gives = {}, warns = [], fails = [], ...sources } of [
    ...PROVIDERS,
    ...MODELS,
    ...ROUTER,
    ...SETTINGS,
    ...OTHERS,
  ]
) {
  Deno.test(`LiteLLM: ${name}`, () => {
    const form = converted(text, sources);
    assertEquals(form.dialect?.title, "LiteLLM");
    assertEquals(problemsOf(form), fails);
    assertEquals(warningsOf(form).toSorted(), warns.toSorted());
    for (const [path, expected] of Object.entries(gives)) {
      assertEquals(at(form.tree, path), expected, path);
    }
  });
}

/** Names with points and slashes are found too: the longest that is there counts. */
function at(tree: unknown, path: string): unknown {
  const steps = path.split(".");
  if (path === "") return tree;
  for (let length = steps.length; length > 0; length--) {
    const name = steps.slice(0, length).join(".");
    const below = Array.isArray(tree)
      ? tree[Number(name)]
      : isMapping(tree)
      ? valueAt(tree, [name])
      : undefined;
    if (below !== undefined) return at(below, steps.slice(length).join("."));
  }
  return undefined;
}

Deno.test("LiteLLM: no secret of the file or the environment is in a note or an error", () => {
  const form = converted(
    `${params("model: openai/a, api_key: { sk-live: 1 }, timeout: sk-live, headers: sk-live")}
general_settings: { master_key: sk-live, use_x_forwarded_for: sk-live, max_request_size_mb: sk-live }
litellm_settings: { cache: sk-live, cache_params: { type: sk-live }, num_retries: sk-live }
`,
    { env: { OPENAI_API_KEY: "sk-live" } },
  );
  const told = [...problemsOf(form), ...form.notes.map(({ text }) => text)].join("\n");
  assertStringIncludes(told, "expected");
  assertEquals(told.includes("sk-live"), false, told);
});
