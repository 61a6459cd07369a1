import { TransferError } from "./transfer_error.ts";

/** What one line may hold, characters: more than any store keeps of one thing. */
const LONGEST = 256 * 1024 * 1024;

/** The lines of a stream of UTF-8, empty ones aside. @throws {TransferError} where one is too long. */
export async function* linesOf(bytes: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  // In pieces: a long line that is put together anew at each chunk would take for ever.
  let pieces: string[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    const texts = decode(decoder, chunk).split("\n");
    for (const [index, text] of texts.entries()) {
      if (index > 0) {
        if (length > 0) yield pieces.join("");
        pieces = [];
        length = 0;
      }
      pieces.push(text);
      length += text.length;
      if (length > LONGEST) throw new TransferError(`a line is longer than ${LONGEST} characters`);
    }
  }
  decode(decoder);
  if (length > 0) yield pieces.join("");
}

function decode(decoder: TextDecoder, chunk?: Uint8Array): string {
  try {
    return decoder.decode(chunk, { stream: chunk !== undefined });
  } catch {
    throw new TransferError("it is no text in UTF-8");
  }
}
