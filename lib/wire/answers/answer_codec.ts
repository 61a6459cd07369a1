import type { ClientCodec, Codec } from "../codec.ts";

/** A client's format whose answers can be read, not only written. */
export type AnswerCodec = ClientCodec & Pick<Codec, "decodeResponse" | "eventDecoder">;

export function readsAnswers(codec: ClientCodec): codec is AnswerCodec {
  return "decodeResponse" in codec && "eventDecoder" in codec;
}
