import { type Credential, CredentialError } from "./credentials/credential_source.ts";
import { PendingCall } from "./pending_call.ts";
import type { UpstreamError, UpstreamHandle, UpstreamHandler } from "./provider.ts";

/** A request that waits for its credential. Whoever made that promise bounds its time. */
export function onceCredentialed(
  credential: Promise<Credential>,
  handler: UpstreamHandler,
  send: (credential: Credential) => UpstreamHandle,
): UpstreamHandle {
  return new PendingCall(credential, send, (error) => handler.onError(credentialFailure(error)));
}

/** A request for which there is no credential. Told later, so that nobody hears of it before having the handle. */
export function failedForCredentials(error: unknown, handler: UpstreamHandler): UpstreamHandle {
  return onceCredentialed(Promise.reject(error), handler, () => {
    throw new Error("Cannot send a request without its credential");
  });
}

function credentialFailure(error: unknown): UpstreamError {
  if (error instanceof CredentialError) return { kind: error.kind, sent: false, message: error.message };
  return { kind: "credentials_failed", sent: false, message: "the credential could not be made" };
}
