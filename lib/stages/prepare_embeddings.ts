import type { JsonObject } from "../wire/canonical.ts";
import { type EmbeddingsCodec, encodingFormatOf } from "../wire/embeddings.ts";
import {
  decodeEmbeddingsRequest,
  encodeEmbeddingsResponse,
  observeEmbeddings,
  withVectorsAs,
} from "../wire/embeddings/openai.ts";
import type { JsonEdit } from "../wire/json_scanner.ts";
import { jsonBytes, type JsonRequest } from "./json_request.ts";
import type { Target } from "./model_table.ts";
import { refuseDropped } from "./upstream/drop_params.ts";
import type { PreparedOperation } from "./upstream_operation.ts";
import type { ConvertedAnswer } from "./upstream/whole_attempt.ts";

/** Wires of embeddings besides OpenAI's, by the names that rows of the catalogue use. */
export type EmbeddingsCodecs = Readonly<Record<string, EmbeddingsCodec>>;

/** A client's request for embeddings as a target shall get it: its own bytes with the smallest edit, or encoded anew. */
export function prepareEmbeddings(
  request: JsonRequest,
  target: Target,
  codecs: EmbeddingsCodecs,
): PreparedOperation {
  const row = target.provider.operation("embeddings");
  const format = encodingFormatOf(request.field("encoding_format"));
  const codec = row?.wire === undefined ? null : codecs[row.wire];
  if (codec === undefined) throw new Error(`Cannot embed: there is no wire "${row?.wire}"`);
  const sent = { format: "openai_chat", request } as const;
  if (codec !== null) {
    const { body, dropped } = codec.encodeRequest(decodeEmbeddingsRequest(request.json, target.model));
    if (target.dropParams === "refuse") refuseDropped(dropped, sent, target.provider.name);
    return {
      request: { format: "embeddings", body: jsonBytes(body) },
      observe: codec.observeResponse,
      convert: (_bytes, json) =>
        answerOf(encodeEmbeddingsResponse(codec.decodeResponse(json), format, request.model)),
      dropped,
    };
  }
  const edits: JsonEdit[] = [];
  if (target.model !== request.writtenModel) edits.push({ set: "model", value: jsonBytes(target.model) });
  const dropped: string[] = [];
  for (const field of row?.refuses ?? []) {
    if (request.field(field) === undefined) continue;
    if (field !== "encoding_format" && target.dropParams === "pass") continue;
    edits.push({ remove: field });
    // The gateway does itself what the provider does not.
    if (field !== "encoding_format") dropped.push(field);
  }
  if (target.dropParams === "refuse") refuseDropped(dropped, sent, target.provider.name);
  return {
    request: {
      format: "embeddings",
      body: edits.length === 0 ? request.bytes : request.edited(edits),
      query: request.query,
    },
    observe: observeEmbeddings,
    convert: (bytes, json) => {
      const converted = withVectorsAs(json, format);
      return converted === null ? { bytes, json } : answerOf(converted);
    },
    dropped,
  };
}

function answerOf(json: JsonObject): ConvertedAnswer {
  return { bytes: jsonBytes(json) as Uint8Array<ArrayBuffer>, json };
}
