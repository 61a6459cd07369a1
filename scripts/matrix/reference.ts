import type { ClientFormat } from "../../lib/wire/canonical.ts";
import { type Cell, probeCells, tableOf } from "./cells.ts";
import { ANSWERS } from "./features/answers.ts";
import { CLIENT_CODECS, PROVIDER_FORMATS, SHORT_NAMES } from "./formats.ts";
import { MODELS } from "./plain.ts";

const INTRODUCTION = `<!-- Made by scripts/generate.ts: change scripts/matrix/ instead. -->

# What every API can say to every other

A client of one API may be answered by a provider of another. This is what becomes of what it asks for, and of
what it is answered. Each cell was tried: the request went the way of all requests, up to the bytes for the
provider, and a test tries it again (\`tests/scripts/matrix_test.ts\`).

- \`bytes\`: client and provider speak one API. The request goes through as it came, and so does the answer.
- \`mapped\`: it arrives, in the provider's words.
- \`dropped\`: the provider's API has no way to say it. It is left out, the answer's \`x-gateway-dropped-params\`
  names it, and the log does too. With \`drop_params: refuse\` the request is refused instead (400, with the
  parameter as the client spells it); with \`drop_params: pass\` it is sent where the API has a field of that
  name, or takes what it does not know.
- \`refused\`: 400, whatever \`drop_params\` says: without it the request would mean something else.
- \`left out\`, of answers: the client's API has no place for it.
- –: a client of this API cannot ask for it, or a provider of this one does not say it.

Some of it depends on the model. Tried were:

${PROVIDER_FORMATS.map((format) => `- ${SHORT_NAMES[format]}: \`${MODELS[format]}\``).join("\n")}

What a single provider refuses besides stands in [its row](providers.md).

Two things are the gateway's own, whatever the provider: \`previous_response_id\` and \`conversation\` of the
responses API, and \`background\`. Completions go through as \`bytes\` where the provider has completions.
Thoughts of earlier turns that another model signed are dropped, and never a reason to refuse.
`;

const WORDS: Readonly<Record<string, string>> = { none: "–", lost: "**lost**" };

/** `docs/matrix.md` and `docs/matrix.json`, from one round of trials. */
export function matrixReference(): string {
  const cells = probeCells();
  const answers = new Set(ANSWERS);
  const requests = cells.filter(({ feature }) => !answers.has(feature));
  const answered = cells.filter(({ feature }) => answers.has(feature));
  const sections = CLIENT_CODECS.map(({ format }) =>
    `## From clients of ${SHORT_NAMES[format]}\n\n${table(format, requests)}`
  );
  const back = CLIENT_CODECS.map(({ format }) =>
    `### To clients of ${SHORT_NAMES[format]}\n\n${table(format, answered)}`
  );
  return [INTRODUCTION, ...sections, "## Answers\n", ...back].join("\n");
}

export function matrixTable(): string {
  const { providers, cells } = tableOf(probeCells());
  const features = Object.entries(cells).map(([feature, clients]) => {
    const rows = Object.entries(clients).map(([client, outcomes]) =>
      `      ${JSON.stringify(client)}: [${outcomes.map((outcome) => JSON.stringify(outcome)).join(", ")}]`
    );
    return `    ${JSON.stringify(feature)}: {\n${rows.join(",\n")}\n    }`;
  });
  const head = providers.map((provider) => `    ${JSON.stringify(provider)}`).join(",\n");
  return `{\n  "providers": [\n${head}\n  ],\n  "cells": {\n${features.join(",\n")}\n  }\n}\n`;
}

function table(client: ClientFormat, cells: readonly Cell[]): string {
  const own = cells.filter((cell) => cell.client === client);
  const features = [...new Set(own.map(({ feature }) => feature))];
  const rows = features.flatMap((feature) => {
    const outcomes = own.filter((cell) => cell.feature === feature).map(({ outcome }) => outcome);
    return outcomes.every((outcome) => outcome === "none")
      ? []
      : [[feature.name, ...outcomes.map((outcome) => WORDS[outcome] ?? outcome)]];
  });
  const head = ["", ...PROVIDER_FORMATS.map((format) => SHORT_NAMES[format])];
  return aligned([head, head.map(() => "---"), ...rows]);
}

/** A table as the formatter leaves it. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    `| ${
      row.map((cell, column) => cell.padEnd(widths[column] ?? 0, cell === "---" ? "-" : " ")).join(" | ")
    } |\n`
  ).join("");
}
