/** TLS cannot be spoken as it is configured; the message is for operators. */
export class ServerTlsError extends Error {
  override readonly name = "ServerTlsError";
}
