import type { Endpoint } from "../telemetry/exchange.ts";
import type { Codec } from "../wire/codec.ts";
import { generation, type GenerationOptions } from "./generation.ts";
import { jsonArrayOf } from "./json_array_stream.ts";

/** A verb of Google's paths for a model. */
export interface ContentVerb {
  /** With its colon. */
  readonly verb: string;
  readonly handler: Endpoint;
}

/**
 * `:generateContent` and `:streamGenerateContent`. A stream is server-sent events where the query says `alt=sse`, and
 * one JSON array otherwise. The query holds the client's key as well, so nothing of it goes on.
 * @see https://ai.google.dev/api/generate-content
 */
export function contentVerbs(codec: Codec, options: GenerationOptions): readonly ContentVerb[] {
  const ask = (stream: boolean): Endpoint => (exchange, params) =>
    generation(exchange, codec, options, { named: { model: params["model"] ?? "", stream }, query: "" });
  const streamed = ask(true);
  return [
    { verb: ":generateContent", handler: ask(false) },
    {
      verb: ":streamGenerateContent",
      async handler(exchange, params) {
        const { query } = exchange;
        const response = await streamed(exchange, params);
        if (response.body === null || new URLSearchParams(query).get("alt") === "sse") return response;
        return new Response(jsonArrayOf(response.body), { headers: { "content-type": "application/json" } });
      },
    },
  ];
}

/** What stands before a model's name: in the Gemini API, and in Vertex AI with and without a project. */
const PREFIXES = ["/v1beta", "/v1", "/v1alpha"].map((version) => `${version}/models/`).concat(
  ["/v1", "/v1beta1"].flatMap((version) =>
    ["", "/projects/{project}/locations/{location}"].map((place) =>
      `${version}${place}/publishers/google/models/`
    )
  ),
);

/** The paths of a verb, with the model in them, which may have slashes. */
export function contentPaths(verb: string): string[] {
  return PREFIXES.map((prefix) => `${prefix}{model+}${verb}`);
}
