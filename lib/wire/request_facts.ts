import type { RequestParameters } from "../telemetry/exchange.ts";
import type { ClientFormat, JsonObject, JsonValue } from "./canonical.ts";

/** What operators want to know of a request besides its messages. */
export interface RequestFacts {
  user: string;
  /** The conversation that it belongs to. */
  sessionId: string;
  metadata: Readonly<Record<string, string>> | null;
  readonly parameters: RequestParameters;
}

/** What one top-level field of a body tells. */
export type FactReader = (value: JsonValue, facts: RequestFacts) => void;

/** Readers by the field's name. */
export type FactReaders = ReadonlyMap<string, FactReader>;

type Rows = Readonly<Record<string, FactReader>>;
type NumberName = {
  [Name in keyof RequestParameters]-?: number extends RequestParameters[Name] ? Name : never;
}[keyof RequestParameters];

/** Pairs of metadata that are kept, and characters of each value: OpenAI's own limits. */
const MAX_METADATA = 16;
const MAX_TEXT = 512;
const MAX_STOPS = 16;
/** Where clients put the name of a session, for want of a field of its own. */
const SESSION_KEYS = ["session_id", "sessionId", "conversation_id"];

function number(name: NumberName): FactReader {
  return (value, { parameters }) => {
    if (typeof value === "number") parameters[name] = value;
  };
}

/** One text or several. */
const stops: FactReader = (value, { parameters }) => {
  const texts = (Array.isArray(value) ? value : [value]).filter((stop) => typeof stop === "string");
  if (texts.length > 0) parameters.stop_sequences = texts.slice(0, MAX_STOPS).map(cut);
};

const effort: FactReader = (value, { parameters }) => {
  if (typeof value === "string" && value !== "") parameters.reasoning_effort = cut(value);
};

/** `json_object`, `json_schema`, `application/json` and a schema itself all mean JSON. */
const outputType: FactReader = (value, { parameters }) => {
  if (typeof value === "string" && value !== "") {
    parameters.output_type = value.includes("json") ? "json" : "text";
  } else if (isObject(value)) parameters.output_type = "json";
};

const user: FactReader = (value, facts) => {
  if (typeof value === "string" && facts.user === "") facts.user = cut(value);
};

const metadata: FactReader = (value, facts) => {
  if (!isObject(value)) return;
  const pairs = Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === "string");
  if (pairs.length === 0) return;
  facts.metadata = Object.fromEntries(
    pairs.slice(0, MAX_METADATA).map(([key, text]) => [cut(key), cut(text)]),
  );
  for (const key of SESSION_KEYS) facts.sessionId ||= facts.metadata[key] ?? "";
};

/** A conversation's id, alone or in an object. */
const conversation: FactReader = (value, facts) => {
  const id = isObject(value) ? value["id"] : value;
  if (typeof id === "string") facts.sessionId = cut(id);
};

/** The fields of an object, each with its own reader. */
function inside(rows: Rows): FactReader {
  return (value, facts) => {
    if (!isObject(value)) return;
    for (const [key, read] of Object.entries(rows)) {
      const field = value[key];
      if (field !== undefined) read(field, facts);
    }
  };
}

/** Both readers, one after the other. */
function both(first: FactReader, second: FactReader): FactReader {
  return (value, facts) => {
    first(value, facts);
    second(value, facts);
  };
}

const SAMPLING = {
  temperature: number("temperature"),
  top_p: number("top_p"),
  frequency_penalty: number("frequency_penalty"),
  presence_penalty: number("presence_penalty"),
  seed: number("seed"),
} as const satisfies Rows;

interface FormatRows {
  /** Who asks, and what for: read from every request. */
  readonly who: Rows;
  /** What the model is asked for: read where a trace may show it. */
  readonly parameters: Rows;
}

const OPENAI_WHO = { user, safety_identifier: user, metadata } as const satisfies Rows;

/** Google's fields in both of the spellings that it takes. */
function spelt(rows: Rows): Rows {
  const snake = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return { ...rows, ...Object.fromEntries(Object.entries(rows).map(([name, read]) => [snake(name), read])) };
}

/** @see https://docs.ollama.com/modelfile#valid-parameters-and-values */
const OLLAMA = { options: inside({ num_predict: number("max_tokens") }) } as const satisfies Rows;

/** Where each format keeps what; a format that is absent tells nothing. */
const FORMATS: Readonly<Partial<Record<ClientFormat, FormatRows>>> = {
  openai_chat: {
    who: OPENAI_WHO,
    parameters: {
      ...SAMPLING,
      max_tokens: number("max_tokens"),
      max_completion_tokens: number("max_tokens"),
      n: number("choice_count"),
      stop: stops,
      response_format: inside({ type: outputType }),
      reasoning_effort: effort,
    },
  },
  completions: {
    who: OPENAI_WHO,
    parameters: { ...SAMPLING, max_tokens: number("max_tokens"), n: number("choice_count"), stop: stops },
  },
  openai_responses: {
    who: { ...OPENAI_WHO, conversation },
    parameters: {
      ...SAMPLING,
      max_output_tokens: number("max_tokens"),
      text: inside({ format: inside({ type: outputType }) }),
      reasoning: inside({ effort }),
    },
  },
  anthropic_messages: {
    who: { metadata: both(inside({ user_id: user }), metadata) },
    parameters: {
      ...SAMPLING,
      top_k: number("top_k"),
      max_tokens: number("max_tokens"),
      stop_sequences: stops,
      output_format: inside({ type: outputType }),
      output_config: inside({ effort, format: inside({ type: outputType }) }),
    },
  },
  google_interactions: {
    who: { labels: metadata },
    parameters: {
      generation_config: inside({
        ...SAMPLING,
        max_output_tokens: number("max_tokens"),
        stop_sequences: stops,
        thinking_level: effort,
      }),
      response_format: inside({ mime_type: outputType }),
    },
  },
  ollama_chat: { who: {}, parameters: OLLAMA },
  ollama_generate: { who: {}, parameters: OLLAMA },
  cohere_chat: { who: {}, parameters: { max_tokens: number("max_tokens") } },
  google_generate_content: {
    who: { labels: metadata },
    parameters: spelt({
      generationConfig: inside(spelt({
        temperature: number("temperature"),
        topP: number("top_p"),
        topK: number("top_k"),
        frequencyPenalty: number("frequency_penalty"),
        presencePenalty: number("presence_penalty"),
        seed: number("seed"),
        maxOutputTokens: number("max_tokens"),
        candidateCount: number("choice_count"),
        stopSequences: stops,
        responseMimeType: outputType,
        thinkingConfig: inside(spelt({ thinkingLevel: effort })),
      })),
    }),
  },
};

const NOTHING: FactReaders = new Map();
const WHO = readersOf((rows) => rows.who);
const ALL = readersOf((rows) => ({ ...rows.who, ...rows.parameters }));

/** Fields that say how much may be answered, or hold those that do. */
const OUTPUT_FIELDS: ReadonlySet<string> = new Set([
  ...["max_tokens", "max_completion_tokens", "max_output_tokens", "n"],
  ...["generationConfig", "generation_config", "options"],
]);
const OUTPUT = readersOf(({ parameters }) =>
  Object.fromEntries(Object.entries(parameters).filter(([name]) => OUTPUT_FIELDS.has(name)))
);

/** The readers of a format's fields. @param parameters whether those of the model's parameters are wanted too. */
export function factReaders(format: ClientFormat, parameters: boolean): FactReaders {
  return (parameters ? ALL : WHO).get(format) ?? NOTHING;
}

/** The readers of what says how much may be answered: `max_tokens` and `choice_count`. */
export function outputReaders(format: ClientFormat): FactReaders {
  return OUTPUT.get(format) ?? NOTHING;
}

export function noFacts(): RequestFacts {
  return { user: "", sessionId: "", metadata: null, parameters: {} };
}

function readersOf(choose: (rows: FormatRows) => Rows): ReadonlyMap<string, FactReaders> {
  return new Map(
    Object.entries(FORMATS).map(([format, rows]) => [format, new Map(Object.entries(choose(rows)))]),
  );
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function cut(text: string): string {
  return text.length > MAX_TEXT ? text.slice(0, MAX_TEXT) : text;
}
