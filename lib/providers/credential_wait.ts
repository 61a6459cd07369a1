import { type Credential, CredentialError } from "./credentials/credential_source.ts";
import type { UpstreamError, UpstreamHandle, UpstreamHandler } from "./provider.ts";

/** A request that waits for its credential. Whoever made that promise bounds its time. */
export class CredentialWait implements UpstreamHandle {
  #call: UpstreamHandle | null = null;
  #over = false;
  #paused = false;

  /** @param send called once the credential is there, unless the request was given up. */
  constructor(
    credential: Promise<Credential>,
    handler: UpstreamHandler,
    send: (credential: Credential) => UpstreamHandle,
  ) {
    credential.then((ready) => {
      if (this.#over) return;
      this.#call = send(ready);
      if (this.#paused) this.#call.pause();
    }).catch((error: unknown) => {
      if (!this.#over) handler.onError(credentialFailure(error));
    });
  }

  abort(): void {
    this.#over = true;
    this.#call?.abort();
  }

  pause(): void {
    this.#paused = true;
    this.#call?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#call?.resume();
  }
}

/** A request for which there is no credential. Told later, so that nobody hears of it before having the handle. */
export function failedForCredentials(error: unknown, handler: UpstreamHandler): UpstreamHandle {
  return new CredentialWait(Promise.reject(error), handler, () => {
    throw new Error("Cannot send a request without its credential");
  });
}

function credentialFailure(error: unknown): UpstreamError {
  if (error instanceof CredentialError) return { kind: error.kind, sent: false, message: error.message };
  return { kind: "credentials_failed", sent: false, message: "the credential could not be made" };
}
