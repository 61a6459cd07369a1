/** What was asked for is too large to be done, however well the store is. The message is for clients. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** What one operation may read: history beyond it is more than any model takes, and it has to fit into memory. */
export const MAX_READ_BYTES = 64 * 1024 * 1024;

/** @param bytes about. @throws {Refusal} where they are too many for one operation. */
export function checkRead(bytes: number, id: string): void {
  if (bytes <= MAX_READ_BYTES) return;
  throw new Refusal(`The history of "${id}" is larger than ${MAX_READ_BYTES} bytes.`);
}
