/** What is to be exported or imported is no good; the message is for people. */
export class TransferError extends Error {
  override readonly name = "TransferError";
}
