import type { WireFormat } from "../../wire/canonical.ts";
import type { Operations } from "../provider.ts";
import type { FamilyName } from "./families.ts";

/** How a key is sent. */
export type AuthScheme = "bearer" | "x-api-key" | "x-goog-api-key" | "api-key";

/**
 * Where a format's requests go. `{model}` stands for the model's name at the provider; a query may follow
 * (`?alt=sse`). Two paths where a stream has another than a whole answer. `^` before it: it has no version.
 */
export type PathTemplate = string | { readonly whole: string; readonly stream: string };

/** What a provider can do with a request besides answering it with text, whole or streamed. */
export type Capability = "tools" | "vision" | "structured_output" | "reasoning" | "web_search";

/**
 * In what a provider's requests have to differ from OpenAI's. What is renamed or turned into another word says
 * the same; what is left out is told (`x-gateway-dropped-params`).
 */
export interface Quirks {
  /** Chat: answers 4xx to `stream_options`; its streams tell their usage unasked, or it is estimated. */
  readonly refusesStreamOptions?: true;
  /** Chat: fields that it knows by another name. A field of that name which the client sent stays. */
  readonly renames?: Readonly<Record<string, string>>;
  /** Chat: the same of some of its models, by their names at the provider. */
  readonly modelsRename?: readonly {
    readonly models: RegExp;
    readonly renames: Readonly<Record<string, string>>;
  }[];
  /** Chat: fields that it answers 4xx to. */
  readonly refuses?: readonly string[];
  /** Chat: the same of some of its models, by their names at the provider. */
  readonly modelsRefuse?: readonly { readonly models: RegExp; readonly fields: readonly string[] }[];
  /** Chat: fields of messages that it answers 4xx to. */
  readonly messagesRefuse?: readonly string[];
  /** Chat: words of `tool_choice` that it, or some of its models, refuses, and the nearest that it takes. */
  readonly toolChoice?: { readonly models?: RegExp; readonly words: Readonly<Record<string, string>> };
  /**
   * Chat: knows JSON mode and no schemas: they go into the prompt, which has to speak of JSON there. That the
   * answer keeps to one is likely then, and no more.
   */
  readonly schemaInPrompt?: true;
  /** Chat: renames in requests that were translated, whose writer is the gateway. */
  readonly renamesTranslated?: Readonly<Record<string, string>>;
  /** Chat: ids of tool calls have to be so many letters and digits. */
  readonly toolCallIdLength?: number;
  /** Chat: how it says that a model shall go on with the last message; absent: it has no way to. */
  readonly continues?: "final_message" | "prefix";
  /** Chat and responses: the role in which it heeds a developer's messages. */
  readonly developerRole?: "system";
}

/** What is particular about one kind of provider. A row is data: no code knows a provider by name. */
export interface ProviderRow {
  /** For people. */
  readonly title: string;
  /** Where its API is unless configured otherwise; null: has to be configured. */
  readonly baseUrl: string | null;
  /** Its URL with `{region}` in it, for a row that has one a region. */
  readonly regionalUrl?: string;
  /** What its requests may be signed for with AWS's keys, in AWS's name of the service. */
  readonly signs?: string;
  /** What a base URL looks like, for a row that has none. */
  readonly baseUrlExample?: string;
  /** The variable in which its users have their key; null: it takes none, or may do without. */
  readonly keyVariable: string | null;
  readonly auth: AuthScheme;
  readonly family: FamilyName;
  /** Headers of a client that go on to it besides its family's, in lower case. */
  readonly forwardHeaders?: readonly string[];
  /** The formats that it speaks, the preferred one first, with the path behind the version. */
  readonly paths: Readonly<Partial<Record<WireFormat, PathTemplate>>>;
  /** What it offers besides, each with its path. */
  readonly operations?: Operations;
  /** Where it says that it is well, as in `paths`; null: nowhere. Default: `/models`. */
  readonly health?: string | null;
  /** The version that its paths begin with. Default: what its base URL ends with, or `/v1`. */
  readonly version?: string;
  /**
   * Whether its base URL has the version in its path as its own users write it. Where it has, a URL without a
   * path gets it (`http://localhost:11434`); where it has not, a URL without it at the end does.
   */
  readonly versionInBaseUrl: boolean;
  /** Where its API has versions that are asked for in the query: the parameter, and what a date changes. */
  readonly apiVersions?: {
    readonly parameter: string;
    readonly dated: Pick<ProviderRow, "paths" | "version" | "operations" | "quirks">;
  };
  /** `gen_ai.provider.name`. */
  readonly system: string;
  /** The type whose models it serves by another API: what is known of them, prices too, is found there. */
  readonly modelsOf?: string;
  /** By its documentation; a single model of it may do less. */
  readonly can: readonly Capability[];
  readonly quirks?: Quirks;
  /**
   * Recorded traffic of it that the tests replay: folders and files of the recordings. None: the row is as its
   * documentation says, and stands as unverified in every list.
   */
  readonly recordings?: readonly string[];
}

/** Whether recorded traffic of the provider is among the tests. */
export function isVerified(row: ProviderRow): boolean {
  return row.recordings !== undefined;
}
