import type { WireFormat } from "../wire/canonical.ts";
import { CATALOG_ROWS, isVerified, type ProviderRow, type Quirks } from "./catalog.ts";
import type { OperationName } from "./provider.ts";

/** What a list says of one type of provider. */
export interface ProviderDescription {
  /** `type` in the configuration. */
  readonly name: string;
  readonly title: string;
  /** Formats that it speaks, the preferred one first. */
  readonly formats: readonly WireFormat[];
  /** Null: has to be configured, and looks like `baseUrlExample`. */
  readonly baseUrl: string | null;
  readonly baseUrlExample: string | null;
  /** The header that carries a key. */
  readonly auth: string;
  /** Null: it takes no key, or may do without. */
  readonly keyVariable: string | null;
  /** Whether recorded traffic of it is among the tests. */
  readonly verified: boolean;
  readonly capabilities: readonly string[];
  /** What it offers besides generation. */
  readonly operations: readonly OperationName[];
  /** In what its requests are changed, in words. */
  readonly quirks: readonly string[];
}

/** The formats as people call them. */
const FORMAT_NAMES: Readonly<Record<WireFormat, string>> = {
  openai_chat: "chat",
  openai_responses: "responses",
  anthropic_messages: "messages",
  google_generate_content: "gemini",
  google_interactions: "interactions",
  cohere_chat: "cohere",
  ollama_chat: "ollama",
  ollama_generate: "ollama",
  bedrock_converse: "Bedrock Converse",
};

/** All types of the catalogue, in its order. */
export function describeProviders(): ProviderDescription[] {
  return CATALOG_ROWS.map(([name, row]) => describe(name, row));
}

function describe(name: string, row: ProviderRow): ProviderDescription {
  return {
    name,
    title: row.title,
    formats: Object.keys(row.paths) as WireFormat[],
    baseUrl: row.baseUrl ?? row.regionalUrl ?? null,
    baseUrlExample: row.baseUrlExample ?? null,
    auth: row.signs === undefined ? row.auth : `${row.auth}, or signed`,
    keyVariable: row.keyVariable,
    verified: isVerified(row),
    capabilities: row.can,
    operations: Object.keys(row.operations ?? {}) as OperationName[],
    quirks: describeQuirks(row.quirks ?? {}),
  };
}

function describeQuirks(quirks: Quirks): string[] {
  const words: string[] = [];
  if (quirks.refusesStreamOptions) words.push("`stream_options` is left out");
  for (const [from, to] of Object.entries(quirks.renames ?? {})) words.push(`\`${from}\` becomes \`${to}\``);
  for (const { models, renames } of quirks.modelsRename ?? []) {
    for (const [from, to] of Object.entries(renames)) {
      words.push(`\`${from}\` becomes \`${to}\` for models \`${models.source}\``);
    }
  }
  if (quirks.refuses !== undefined) words.push(`${list(quirks.refuses)} left out, and told`);
  for (const { models, fields } of quirks.modelsRefuse ?? []) {
    words.push(`${list(fields)} left out for models \`${models.source}\`, and told`);
  }
  if (quirks.messagesRefuse !== undefined) {
    words.push(`of messages ${list(quirks.messagesRefuse)} left out, and told`);
  }
  const { models, words: choices = {} } = quirks.toolChoice ?? {};
  for (const [from, to] of Object.entries(choices)) {
    const where = models === undefined ? "" : ` for models \`${models.source}\``;
    words.push(`\`tool_choice\` \`${from}\` becomes \`${to}\`${where}, and is told`);
  }
  if (quirks.schemaInPrompt) words.push("a JSON schema goes into the prompt, with JSON mode, and is told");
  for (const [from, to] of Object.entries(quirks.renamesTranslated ?? {})) {
    words.push(`\`${from}\` becomes \`${to}\` in what was translated`);
  }
  if (quirks.toolCallIdLength !== undefined) {
    words.push(`ids of tool calls become ${quirks.toolCallIdLength} letters and digits`);
  }
  if (quirks.continues !== undefined) {
    const how = quirks.continues === "prefix" ? "`prefix`" : "`continue_final_message`";
    words.push(`an answer that broke off is continued by ${how}`);
  }
  if (quirks.developerRole !== undefined) {
    words.push(`role \`developer\` becomes \`${quirks.developerRole}\``);
  }
  return words;
}

function list(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(", ");
}

/** The formats of a provider as people call them, each name once. */
export function formatNames({ formats }: ProviderDescription): string[] {
  return [...new Set(formats.map((format) => FORMAT_NAMES[format]))];
}
