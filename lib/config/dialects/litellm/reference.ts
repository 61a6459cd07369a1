import { type KeyTable, namesOf } from "../key_table.ts";
import { UNSUPPORTED_SECTIONS } from "./litellm.ts";
import { PROVIDER_PREFIXES, UNSERVED_PREFIXES } from "./provider_prefixes.ts";
import { LITELLM_TABLES } from "./tables.ts";

const INTRODUCTION = `<!-- deno-fmt-ignore-file -->
<!-- Made by scripts/generate.ts from lib/config/dialects/litellm/; edit that. -->

# Migrating from LiteLLM

The gateway reads the configuration of LiteLLM's proxy as it is:

\`\`\`sh
gateway -config litellm.yaml                      # serves on :4000, as LiteLLM does
gateway check-config --config litellm.yaml        # says what is done with it, and what is not
gateway check-config --convert --config litellm.yaml > gateway.yaml
\`\`\`

A file is taken for LiteLLM's where it has \`model_list\`, \`litellm_settings\`, \`router_settings\` or
\`general_settings\`. Sections of the gateway's own (\`server\`, \`observability\`, …) may stand in the same file, and
beat what LiteLLM's say, so one can move step by step.

Every key is converted, or warned about by name, or (where nothing is lost without it) told by \`check-config\` as a
note. A key that looks like a known one with a letter wrong is an error, with its line and the nearest name, and so
is a value of the wrong kind; the gateway then does not start.

## What is as it was

- The port is 4000 unless \`PORT\`, \`--port\` or \`server.port\` says otherwise.
- \`os.environ/NAME\` becomes \`\${NAME}\`, never its value; a key that is not given is read from the variable that
  LiteLLM reads. A provider whose key is not set is left out, and the gateway starts without it; another variable that
  is not set is an error. \`environment_variables\` count as the file's: the environment beats them. \`include\` is
  read, relative to the file.
- Clients present the master key as \`Authorization: Bearer\`. It is \`general_settings.master_key\`, else
  \`LITELLM_MASTER_KEY\`; without either everybody may call. Other clients' keys are in \`auth.keys\`.
- Several entries of one \`model_name\` share its traffic, by \`weight\`, \`rpm\` or \`tpm\`, and take over for each other.
- \`openai/*\` and \`*\` stand for any text, in \`model_name\` and in \`model\`.
- Paths without \`/v1\`, \`/engines/MODEL/…\`, \`/openai/deployments/MODEL/…\`, \`/health/liveliness\`,
  \`/health/readiness\`, \`/metrics\`; LiteLLM's names of metrics beside the gateway's own (docs/metrics.md).
- \`LITELLM_MASTER_KEY\`, \`LITELLM_SALT_KEY\` (hashes what is cached), \`LITELLM_LOG\` (the log's level), \`REDIS_*\`
  (the cache), \`OTEL_ENDPOINT\` and \`OTEL_EXPORTER\` (with the callback \`otel\`; OpenTelemetry's own always).

## What is not

- LiteLLM's database is not read: virtual keys, users, teams and budgets are made anew ([keys](keys.md),
  [limits](limits.md)), by paths of the gateway's own (\`/admin/v1/…\`) and not by \`/key/…\`, \`/user/…\`, \`/team/…\`.
- \`num_retries\` counts every further request, those to other deployments and to fallbacks included; it is raised to
  reach the last fallback.
- What a provider's API has no way to say is left out, and \`x-gateway-dropped-params\` names it, unless
  \`drop_params: false\` is said; LiteLLM refuses unless \`drop_params: true\` is.
- Traces hold no messages unless \`turn_off_message_logging: false\` is said.
- \`rpm\` and \`tpm\` of deployments are shares, not limits; \`limits.models\`, \`limits.keys\` and \`auth.keys[]\` limit
  models and clients ([limits](limits.md)).
- Callbacks are \`prometheus\` and \`otel\`; other programs get logs and traces by OpenTelemetry.
`;

/** `docs/migrating_from_litellm.md`. */
export function litellmReference(): string {
  return [
    INTRODUCTION,
    "## Providers\n\nPrefixes of `litellm_params.model`:\n\n| Prefix | Type | Key |\n|---|---|---|\n" +
    Object.entries(PROVIDER_PREFIXES).map(([name, { type, keys }]) =>
      `| \`${name}/\` | \`${type}\` | ${keys.length === 0 ? "its own" : codes(keys)} |\n`
    ).join("") +
    "\n`openai/` with an `api_base` elsewhere is `openai_compatible`. Names without a prefix are known where they " +
    `begin as OpenAI's, Anthropic's, Cohere's and DeepSeek's models do.\n\nLeft out: ${
      codes(namesOf(UNSERVED_PREFIXES))
    }.\n`,
    ...LITELLM_TABLES.map(tableText),
    `## Other sections\n\n\`environment_variables\`, \`include\` and \`credential_list\` are read. These do nothing here: ${
      codes(namesOf(UNSUPPORTED_SECTIONS))
    }.\n`,
  ].join("\n");
}

function tableText(table: Pick<KeyTable<never>, "title" | "converted" | "unsupported" | "needless">): string {
  const { title, converted, unsupported, needless } = table;
  const rows = Object.entries(converted).map(([name, { to }]) => `| \`${name}\` | ${to} |\n`);
  const groups = (head: string, given: KeyTable<never>["unsupported"]) =>
    given.length === 0
      ? ""
      : `\n${head}\n\n${given.map(([why, names]) => `- ${codes(namesOf(names))}: ${why}.\n`).join("")}`;
  return `## ${title}\n\n| Key | Becomes |\n|---|---|\n${rows.join("")}` +
    groups("Not supported, and warned about:", unsupported) +
    groups("Not needed:", needless);
}

function codes(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(", ");
}
