import { describeProviders, formatNames, type ProviderDescription } from "./description.ts";

const INTRODUCTION = `<!-- deno-fmt-ignore-file -->
<!-- Made by scripts/generate.ts from lib/providers/catalog/; edit that. -->

# Providers

A provider of the configuration has a \`type\`: one of these, or \`mock\`, the built-in one. \`gateway providers\` prints
them, \`gateway providers --json\` for programs.

\`\`\`yaml
providers:
  groq: { type: groq, api_key: "\${GROQ_API_KEY}" }
models:
  fast: groq/llama-3.3-70b-versatile
\`\`\`

*Verified*: recorded traffic of the provider is among the tests, whole and streamed. The others are made from their
documentation (the sources stand with each row and fixture) and are tried on hand-made answers of the same shapes.

Whatever a client speaks, it may ask for a model of any of them. What a provider speaks itself passes as bytes; the
rest is translated. Usage means the same everywhere: input tokens include the cached ones, output tokens the
reasoning.
`;

const QUIRKS = `
## What is changed on the way

In a chat request, besides the model's name and \`stream_options\`, and only where it matters: what is not named here
goes through as it came. What is *told* stands in the answer's \`x-gateway-dropped-params\`.
`;

/** `docs/providers.md`: the catalogue as tables. */
export function providersReference(): string {
  const providers = describeProviders();
  return [
    INTRODUCTION,
    "| `type` | Provider | Speaks | Base URL | Key | |",
    "|---|---|---|---|---|---|",
    ...providers.map(row),
    "",
    "## What they can do",
    "",
    "By their documentation; a single model may do less. *Operations* are what they offer besides generation.",
    "",
    "| `type` | Can | Operations |",
    "|---|---|---|",
    ...providers.map(({ name, capabilities, operations }) =>
      `| \`${name}\` | ${words(capabilities)} | ${words(operations)} |`
    ),
    QUIRKS,
    "| `type` | |",
    "|---|---|",
    ...providers.filter(({ quirks }) => quirks.length > 0).map(({ name, quirks }) =>
      `| \`${name}\` | ${quirks.join("; ").replaceAll("|", "\\|")} |`
    ),
    "",
  ].join("\n");
}

function row(provider: ProviderDescription): string {
  const { name, title, baseUrl, baseUrlExample, keyVariable, auth, verified } = provider;
  const url = baseUrl === null ? `to be set, such as \`${baseUrlExample}\`` : `\`${baseUrl}\``;
  const key = keyVariable === null ? `optional, as \`${auth}\`` : `\`${keyVariable}\`, as \`${auth}\``;
  const speaks = formatNames(provider).join(", ");
  return `| \`${name}\` | ${title} | ${speaks} | ${url} | ${key} | ${verified ? "verified" : "unverified"} |`;
}

function words(names: readonly string[]): string {
  return names.map((name) => name.replaceAll("_", " ")).join(", ");
}
