import type { ClientFormat, WireFormat } from "../../lib/wire/canonical.ts";
import type { Feature } from "./feature.ts";
import { REQUEST_FEATURES } from "./features.ts";
import { ANSWERS } from "./features/answers.ts";
import { CLIENT_CODECS, PROVIDER_FORMATS } from "./formats.ts";
import { type AnswerOutcome, probeAnswer } from "./probe_answer.ts";
import { type Outcome, probeRequest } from "./probe_request.ts";

/** What becomes of one thing between a client and a provider of some format. */
export interface Cell {
  readonly feature: Feature;
  readonly client: ClientFormat;
  readonly provider: WireFormat;
  readonly outcome: Outcome | AnswerOutcome;
}

/** The table as it is checked in (`docs/matrix.json`): feature → client → what becomes of it, for each provider. */
export interface Table {
  readonly providers: readonly string[];
  readonly cells: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** Every cell, by trying each. */
export function probeCells(): Cell[] {
  return [
    ...cellsOf(
      REQUEST_FEATURES,
      (feature, client, provider) => probeRequest(feature, client, provider).outcome,
    ),
    ...cellsOf(ANSWERS, (feature, client, provider) => probeAnswer(feature, client, provider).outcome),
  ];
}

function cellsOf(
  features: readonly Feature[],
  probe: (feature: Feature, client: typeof CLIENT_CODECS[number], provider: WireFormat) => Cell["outcome"],
): Cell[] {
  return features.flatMap((feature) =>
    CLIENT_CODECS.flatMap((client) =>
      PROVIDER_FORMATS.map((provider) => ({
        feature,
        client: client.format,
        provider,
        outcome: probe(feature, client, provider),
      }))
    )
  );
}

export function tableOf(cells: readonly Cell[]): Table {
  const table: Record<string, Record<string, string[]>> = {};
  for (const { feature, client, outcome } of cells) {
    const clients = table[feature.name] ??= {};
    (clients[client] ??= []).push(outcome);
  }
  return { providers: PROVIDER_FORMATS, cells: table };
}
