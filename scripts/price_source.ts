/** One row of LiteLLM's `model_prices_and_context_window.json`. */
export interface SourceRow {
  readonly litellm_provider?: string;
  readonly mode?: string;
  readonly [field: string]: unknown;
}

/** The source's providers, as types of the catalogue; where a type has several, the first that names a model counts. */
const PROVIDERS: Readonly<Record<string, readonly string[]>> = {
  openai: ["openai"],
  anthropic: ["anthropic"],
  azure: ["azure"],
  bedrock: ["bedrock_converse", "bedrock"],
  gemini: ["gemini"],
  vertex: ["vertex_ai-language-models"],
  mistral: ["mistral"],
  groq: ["groq"],
  deepseek: ["deepseek"],
  xai: ["xai"],
  together: ["together_ai"],
  fireworks: ["fireworks_ai"],
  perplexity: ["perplexity"],
  cerebras: ["cerebras"],
  nvidia: ["nvidia_nim"],
  cohere: ["cohere_chat", "cohere"],
  moonshot: ["moonshot"],
};

const PREFIX =
  /^(bedrock|azure|cohere|cerebras|deepseek|fireworks_ai|gemini|groq|mistral|moonshot|nvidia_nim|perplexity|together_ai|vertex_ai|xai)\//;

/** What `read` makes of the source's rows, by type of provider and the model's name there; null leaves one out. */
export function byProvider<T>(
  source: Readonly<Record<string, SourceRow>>,
  read: (row: SourceRow) => T | null,
): Record<string, Record<string, T>> {
  const rows = Object.entries(source);
  return Object.fromEntries(
    Object.entries(PROVIDERS).map(([type, names]) => {
      const models = new Map<string, T>();
      for (const name of names) {
        for (const [key, row] of rows) {
          if (row.litellm_provider !== name) continue;
          const value = read(row);
          const model = key.replace(PREFIX, "");
          if (value !== null && !models.has(model)) models.set(model, value);
        }
      }
      return [type, Object.fromEntries([...models].sort(([a], [b]) => a < b ? -1 : 1))];
    }),
  );
}

/** A table as JSON text, a model a line. */
export function tableText(
  head: Readonly<Record<string, unknown>>,
  name: string,
  table: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): string {
  const lines = Object.entries(table).map(([type, models]) => {
    const entries = Object.entries(models).map(([model, row]) =>
      `      ${JSON.stringify(model)}: ${JSON.stringify(row)}`
    );
    return `    ${JSON.stringify(type)}: {\n${entries.join(",\n")}\n    }`;
  });
  const heads = Object.entries(head).map(([key, value]) =>
    `  ${JSON.stringify(key)}: ${JSON.stringify(value)},\n`
  );
  return `{\n${heads.join("")}  ${JSON.stringify(name)}: {\n${lines.join(",\n")}\n  }\n}\n`;
}
