import { join } from "node:path";
import type { Environment } from "./environment.ts";
import { Secret } from "./secret.ts";

/** What the environment says of AWS. Empty: nothing. */
export interface AwsConfig {
  /** `AWS_BEARER_TOKEN_BEDROCK`. */
  readonly bearerToken: Secret;
  readonly region: string;
  readonly keys: AwsKeysConfig;
}

/** Where the environment says that AWS's keys are. */
export interface AwsKeysConfig {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly sessionToken: Secret;
  readonly profile: string;
  readonly credentialsFile: string;
  readonly containerRelativeUri: string;
  readonly containerFullUri: string;
  readonly containerToken: Secret;
  readonly containerTokenFile: string;
  /** Reads a text file anew. Rejects where it cannot. */
  readonly readFile: (path: string) => Promise<string>;
}

/** @see https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html */
export function readAws(env: Environment, readFile: AwsKeysConfig["readFile"]): AwsConfig {
  const read = (name: string) => env(name)?.trim() ?? "";
  const home = read("HOME") || read("USERPROFILE") || ".";
  return {
    bearerToken: new Secret(read("AWS_BEARER_TOKEN_BEDROCK")),
    region: read("AWS_REGION") || read("AWS_DEFAULT_REGION"),
    keys: {
      accessKeyId: read("AWS_ACCESS_KEY_ID"),
      secretAccessKey: new Secret(read("AWS_SECRET_ACCESS_KEY")),
      sessionToken: new Secret(read("AWS_SESSION_TOKEN")),
      profile: read("AWS_PROFILE"),
      credentialsFile: read("AWS_SHARED_CREDENTIALS_FILE") || join(home, ".aws", "credentials"),
      containerRelativeUri: read("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
      containerFullUri: read("AWS_CONTAINER_CREDENTIALS_FULL_URI"),
      containerToken: new Secret(read("AWS_CONTAINER_AUTHORIZATION_TOKEN")),
      containerTokenFile: read("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
      readFile,
    },
  };
}

/** The region in the host of an AWS endpoint; null where there is none. */
export function regionOf(url: string): string | null {
  const host = URL.parse(url)?.hostname ?? "";
  return /\.([a-z]{2}(?:-[a-z]+)+-\d+)\.(?:amazonaws\.com|api\.aws)/.exec(host)?.[1] ?? null;
}
