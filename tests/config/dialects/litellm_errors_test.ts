import { assertEquals } from "@std/assert";
import { problemsOf } from "../load_text.ts";

interface Case {
  readonly name: string;
  readonly text: string;
  readonly expected: readonly string[];
}

/** What only the whole configuration shows, in the words and at the lines of the original. */
const CASES: readonly Case[] = [
  {
    name: "values that the native form refuses",
    text: `model_list:
  - model_name: a
    litellm_params:
      model: openai/a
      api_base: nonsense
      api_key: k
litellm_settings:
  cache: true
  cache_params: { type: redis, host: h, port: x }
  logging:
    level: LOUD
router_settings:
  num_retries: -2
general_settings:
  max_request_size_mb: 0
`,
    expected: [
      'config.yaml:5: model_list[0].litellm_params.api_base: expected a URL that starts with http:// or https://, got "nonsense"',
      "config.yaml:9: litellm_settings.cache_params.host: expected a URL that starts with redis:// or rediss://",
      'config.yaml:11: litellm_settings.logging.level: expected one of DEBUG, INFO, WARNING, ERROR or CRITICAL, got "LOUD"',
      "config.yaml:13: router_settings.num_retries: expected an integer from 0 to 10, got -2",
      'config.yaml:15: general_settings.max_request_size_mb: expected a size with a unit, such as 512B, 64KiB, 32MiB or 1GiB, got "0MiB"',
    ],
  },
  {
    name: "variables that are not set",
    text: `model_list:
  - model_name: a
    litellm_params:
      model: azure/a
      api_key: k
general_settings:
  master_key: os.environ/MASTER
`,
    expected: [
      "config.yaml:3: model_list[0].litellm_params.api_base: the variable AZURE_API_BASE is not set; set it",
      "config.yaml:7: general_settings.master_key: the variable MASTER is not set; set it",
    ],
  },
  {
    name: "an empty master key, and a model that embeds and is not there",
    text: `model_list: []
general_settings:
  master_key: ""
litellm_settings:
  cache: true
  cache_params:
    type: qdrant-semantic
    qdrant_semantic_cache_embedding_model: embedder
`,
    expected: [
      "config.yaml:3: general_settings.master_key: is empty; an empty key would let everybody administer",
      'config.yaml:8: litellm_settings.cache_params.qdrant_semantic_cache_embedding_model: is neither "ngram" nor a model of the configuration: "embedder"',
    ],
  },
  {
    name: "a section of the gateway's own",
    text: "model_list: []\nserver:\n  prt: 1\n",
    expected: ['config.yaml:3: server.prt: unknown key; did you mean "port"?'],
  },
  {
    name: "a key given twice",
    text: "model_list: []\nlitellm_settings: {}\nmodel_list: []\n",
    expected: ["config.yaml:3: model_list: is given twice, first on line 1"],
  },
];

for (const { name, text, expected } of CASES) {
  Deno.test(`LiteLLM's errors: ${name}`, () => assertEquals(problemsOf(text), expected));
}
