import { jsonAnswer } from "../endpoints/json_answer.ts";
import { readJsonBody } from "../endpoints/json_body.ts";
import type { ReadBodyOptions } from "../endpoints/read_body.ts";
import { asJson } from "./as_json.ts";
import type { ConsoleEndpoint } from "./guard.ts";

/** One key of the configuration, fit to be shown. */
export interface ConfigValue {
  readonly path: string;
  readonly value: string;
  readonly origin: "file" | "environment" | "flag" | "default";
  /** `config.yaml:12`, a variable, a flag; empty: nowhere. */
  readonly where: string;
  /** It was given, and is not what it is by default. */
  readonly changed: boolean;
}

export interface ConfigurationView {
  readonly file: string;
  readonly values: readonly ConfigValue[];
  readonly warnings: readonly string[];
  /** Keys that keep what they had until a restart. */
  readonly kept: readonly string[];
  /** Unix milliseconds. */
  readonly loaded_at: number;
}

export interface Validation {
  readonly ok: boolean;
  readonly problems: readonly string[];
  readonly changes: readonly {
    readonly path: string;
    readonly before: string | null;
    readonly after: string | null;
    /** It takes a restart. */
    readonly restart: boolean;
  }[];
}

export interface ConfigurationOptions {
  readonly body: ReadBodyOptions;
  readonly show: () => ConfigurationView;
  /** @param text of a file; undefined: the file as it is now. */
  readonly validate: (text: string | undefined) => Promise<Validation>;
  readonly reload: () => Promise<
    | { readonly ok: true; readonly warnings: readonly string[] }
    | { readonly ok: false; readonly problems: readonly string[] }
  >;
}

/** `GET /config`: every key with where it comes from, secrets masked. */
export function showConfiguration({ show }: ConfigurationOptions): ConsoleEndpoint {
  return (exchange) => jsonAnswer(exchange, asJson({ ...show() }));
}

/** `POST /config/validate`. */
export function validateConfiguration({ body, validate }: ConfigurationOptions): ConsoleEndpoint {
  return async function validateConfiguration(exchange) {
    const text = (await readJsonBody(exchange, body)).optionalString("text");
    return jsonAnswer(exchange, asJson({ ...await validate(text) }));
  };
}

/** `POST /config/reload`. */
export function reloadConfiguration({ reload }: ConfigurationOptions): ConsoleEndpoint {
  return async function reloadConfiguration(exchange) {
    const result = await reload();
    return jsonAnswer(
      exchange,
      asJson(
        result.ok
          ? { ok: true, problems: [], kept: result.warnings }
          : { ok: false, problems: result.problems, kept: [] },
      ),
    );
  };
}
