import type { Revealable } from "../revealable.ts";

/** What signs requests to AWS. */
export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary keys; else null. */
  readonly sessionToken: string | null;
  /** Unix milliseconds; null: they do not expire. */
  readonly expiresAt: number | null;
}

/** One place where keys may be. */
export interface AwsKeySource {
  /** For messages. */
  readonly name: string;
  /** Null: there are none here, look elsewhere. @throws {CredentialError} where there should be. */
  load(): Promise<AwsKeys | null>;
}

/** What the environment says of AWS's keys. Empty strings: nothing. */
export interface AwsEnvironment {
  readonly accessKeyId: string;
  readonly secretAccessKey: Revealable;
  readonly sessionToken: Revealable;
  readonly profile: string;
  /** Path of the shared credentials file. */
  readonly credentialsFile: string;
  readonly containerRelativeUri: string;
  readonly containerFullUri: string;
  readonly containerToken: Revealable;
  readonly containerTokenFile: string;
  /** Reads a text file, the shared credentials or the container's token; each time anew. Rejects where it cannot. */
  readonly readFile: (path: string) => Promise<string>;
}

/** A request of a service of AWS's that gives keys; bounded in time and size. */
export type AskAws = (
  method: string,
  url: URL,
  headers: readonly string[],
) => Promise<{ readonly status: number; readonly bytes: Uint8Array }>;
