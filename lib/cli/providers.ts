import { describeProviders, formatNames, type ProviderDescription } from "../providers/description.ts";
import type { Command } from "./command.ts";
import { alignedRows } from "./table.ts";

export const providers: Command = {
  name: "providers",
  summary: "List the types of providers",
  about:
    "Prints every type that a provider of the configuration may have: which formats it speaks, how it takes\n" +
    "a key and which variable its users have it in, whether recorded traffic of it is among the tests, what it\n" +
    "can do by its documentation, and where it is unless base_url says otherwise.",
  flags: [{ name: "json", value: null, about: "print all of it as JSON, for programs" }],
  examples: ["gateway providers", "gateway providers --json"],
  run(flags, system) {
    const all = describeProviders();
    if (flags.has("json")) system.out(JSON.stringify(all.map(forPrograms), null, 2));
    else for (const line of table(all)) system.out(line);
    return Promise.resolve(0);
  },
};

const HEADINGS = ["TYPE", "SPEAKS", "AUTH", "VERIFIED", "CAN", "BASE URL"];

/** Shorter words, so that a line fits a terminal. */
const SHORT: Readonly<Record<string, string>> = { structured_output: "schema", web_search: "search" };

/** What it offers besides generation and fits the table; the rest stands in the JSON. */
const SHOWN: ReadonlySet<string> = new Set(["embeddings", "rerank"]);

function table(all: readonly ProviderDescription[]): string[] {
  return alignedRows([HEADINGS, ...all.map(cells)]);
}

function cells(provider: ProviderDescription): string[] {
  const { name, auth, keyVariable, verified, capabilities, operations, baseUrl } = provider;
  const can = [...capabilities, ...operations.filter((operation) => SHOWN.has(operation))];
  return [
    name,
    formatNames(provider).join(" "),
    `${auth} ${keyVariable ?? "(optional)"}`,
    verified ? "yes" : "no",
    can.map((word) => SHORT[word] ?? word).join(" "),
    baseUrl ?? "(base_url has to be set)",
  ];
}

function forPrograms(provider: ProviderDescription): Record<string, unknown> {
  const { baseUrl, baseUrlExample, keyVariable, ...rest } = provider;
  return { ...rest, base_url: baseUrl, base_url_example: baseUrlExample, key_variable: keyVariable };
}
