import { assertEquals } from "@std/assert";
import { nativeText } from "../../../lib/config/native_text.ts";
import { Secret } from "../../../lib/config/secret.ts";
import { loadText, type TestSources } from "../load_text.ts";
import { converted, warningsOf } from "./convert.ts";

const FOLDER = new URL("../../fixtures/dialects/litellm/", import.meta.url);

/** Every variable that the files name. */
const ENV = Object.fromEntries(
  `ANTHROPIC_API_KEY OPENAI_API_KEY OPENAI_API_KEY_SECOND OPENROUTER_API_KEY GROQ_API_KEY TOGETHERAI_API_KEY
  GEMINI_API_KEY LAB_KEY MISTRAL_API_KEY XAI_API_KEY DEEPSEEK_API_KEY FIREWORKS_API_KEY LITELLM_MASTER_KEY
  REDIS_PASSWORD AZURE_CLIENT_SECRET AZURE_DR_KEY CORP_AWS_KEY CORP_AWS_SECRET AZURE_STUDIO_KEY`
    .split(/\s+/).map((name) => [name, `sk-${name.toLowerCase()}`]),
);

const SOURCES: TestSources = {
  env: {
    ...ENV,
    LAB_URL: "http://lab.internal:8000/v1",
    REDIS_HOST: "redis.internal",
    REDIS_PORT: "6379",
    AZURE_TENANT_ID: "tenant",
    AZURE_CLIENT_ID: "client",
    AZURE_DR_BASE: "https://corp-dr.openai.azure.com",
    AWS_REGION_NAME: "eu-north-1",
    GCP_PROJECT: "corp",
    GCP_ACCOUNT: '{"client_email":"a@b","private_key":"k","token_uri":"https://t.example/token"}',
  },
  files: { "teams.yaml": read("teams.yaml") },
};

function read(name: string): string {
  return Deno.readTextFileSync(new URL(name, FOLDER));
}

/** What a configuration comes to, as plain values; what is told once and what reads files aside. */
function effective(text: string): unknown {
  const { config: { warnings: _, liveSecrets: _secrets, aws: _aws, effective: _effective, ...config } } =
    loadText(text, SOURCES);
  return plain(config);
}

function plain(value: unknown): unknown {
  if (value instanceof Secret) return `secret ${value.reveal()}`;
  if (value instanceof Map) return plain([...value]);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

interface Expected {
  readonly models: readonly string[];
  readonly providers: readonly string[];
  /** Of the file: the keys that are warned about. */
  readonly lost: readonly string[];
}

const FILES: Readonly<Record<string, Expected>> = {
  "small_team.yaml": {
    models: ["smart", "fast", "embeddings", "private"],
    providers: ["anthropic", "openai", "openai-2", "ollama_chat"],
    lost: ["model_list[3].litellm_params.keep_alive", "general_settings.alerting"],
  },
  "multi_provider.yaml": {
    models: [
      ...["gpt-4o", "gpt-4o-mini", "claude", "gemini-long", "lab", "embed", "anthropic/*", "xai/*", "*"],
      ...["teams-draft", "xai/grok-4"],
    ],
    providers: [
      ...["openai", "openai-2", "openrouter", "openai-3", "groq", "together_ai", "anthropic", "anthropic-2"],
      ...["gemini", "hosted_vllm", "mistral", "xai", "deepseek", "fireworks_ai"],
    ],
    lost: [
      "model_list[9].litellm_params.max_retries",
      "model_list[9].model_info.access_groups",
      "router_settings.enable_pre_call_checks",
      "router_settings.retry_policy",
      "general_settings.database_url",
    ],
  },
  "enterprise.yaml": {
    models: ["corp-gpt", "corp-embed", "corp-claude", "corp-nova", "corp-gemini", "corp-open", "corp-studio"],
    providers: [],
    lost: [
      "model_list[0].model_info.base_model",
      "model_list[4].litellm_params.aws_role_name",
      "model_list[4].litellm_params.aws_session_name",
      "model_list[8].litellm_params.model",
      "router_settings.fallbacks[1].corp-claude-google",
      "litellm_settings.modify_params",
      "litellm_settings.callbacks[1]",
      "litellm_settings.ssl_verify",
      "guardrails",
      "general_settings.key_management_system",
      "general_settings.use_x_forwarded_for",
      "general_settings.enable_jwt_auth",
      "general_settings.allowed_ips",
    ],
  },
};

for (const [file, { models, providers, lost }] of Object.entries(FILES)) {
  const text = read(file);
  const form = converted(text, SOURCES);

  Deno.test(`${file} is converted, and what is lost is told by name`, () => {
    assertEquals(form.problems, []);
    const { config, dialect } = loadText(text, SOURCES);
    assertEquals(dialect, "LiteLLM");
    assertEquals(config.server.port, 4000);
    assertEquals(Object.keys(config.models), models);
    if (providers.length > 0) assertEquals(Object.keys(config.providers), providers);
    assertEquals([...config.disabled], []);
    assertEquals(warningsOf(form).map((line) => line.split(": ")[1]), lost);
  });

  Deno.test(`${file} and its native form come to the same`, () => {
    const native = nativeText(form);
    assertEquals(effective(native), effective(text));
    assertEquals(converted(native).dialect, null);
  });

  Deno.test(`the native form of ${file} holds no secret`, () => {
    const native = nativeText(form);
    for (const secret of Object.values(ENV)) assertEquals(native.includes(secret), false);
  });
}
