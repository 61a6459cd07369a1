import type { JsonObject, JsonValue } from "../../lib/wire/canonical.ts";

/** Token counts as the gateway means them: cached ones are part of the input, reasoning part of the output. */
export interface ExpectedUsage {
  readonly input: number;
  readonly output: number;
  readonly cached?: number;
  readonly reasoning?: number;
}

/** What a provider sends and is sent, recorded or made by hand of its documentation. */
export interface ProviderFixture {
  /** Where the shapes are from. */
  readonly source: readonly string[];
  /** A model's name at the provider. */
  readonly model: string;
  /** Path of its preferred format, with what the base URL has. */
  readonly path: string;
  /** Path of the responses API, where it has that. */
  readonly responses?: string;
  /** The header that carries the key `KEY`. */
  readonly auth: string;
  /** The base URL's path, for a row without a URL of its own. */
  readonly base?: string;
  /** Configuration of the provider besides type, URL and key. */
  readonly settings?: string;
  /** The same provider configured otherwise, by name: what is different then. */
  readonly variants?: Readonly<Record<string, Partial<ProviderFixture>>>;
  /** False: it is sent no `stream_options`. */
  readonly streamOptions?: false;
  /** Changes to the standard request, by path (`messages.0.role`); null: it is not there. */
  readonly sends: Readonly<Record<string, JsonValue>>;
  /** What `x-gateway-dropped-params` names. */
  readonly dropped: readonly string[];
  /** A whole answer: `Hello there.` */
  readonly plain: JsonObject;
  readonly usage: ExpectedUsage;
  /** A stream's events: `Hello there.` */
  readonly chunks: readonly JsonObject[];
  readonly streamUsage: ExpectedUsage;
  /** A whole answer: a call of `weather` with the city Paris. */
  readonly tool: JsonObject;
  readonly error: { readonly status: number; readonly body: JsonValue };
  /** What the client hears of the error. */
  readonly says: {
    readonly status: number;
    readonly message: string;
    readonly param?: string;
    readonly code?: string;
  };
}

/** Reads `fixtures/<type>.jsonl`: objects whose fields are the fixture's, and one `chunk` a line. Null: none. */
export function fixtureOf(type: string): ProviderFixture | null {
  let text: string;
  try {
    text = Deno.readTextFileSync(new URL(`fixtures/${type}.jsonl`, import.meta.url));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  const lines = text.trimEnd().split("\n").map((line) => JSON.parse(line));
  const chunks = lines.flatMap(({ chunk }) => chunk === undefined ? [] : [chunk]);
  const fields = lines.filter(({ chunk }) => chunk === undefined);
  return { sends: {}, dropped: [], ...Object.assign({}, ...fields), chunks };
}
