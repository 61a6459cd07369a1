import { AwsV4Signer } from "aws4fetch";
import { CredentialError, type OutgoingRequest } from "../credential_source.ts";
import type { AwsKeys } from "./aws_keys.ts";

/** Whom a signature is for. */
export interface SigningScope {
  readonly region: string;
  /** As AWS calls it in signatures: `bedrock`. */
  readonly service: string;
}

/** Headers that a signature adds. */
export const SIGNATURE_HEADERS = ["authorization", "x-amz-date", "x-amz-security-token"] as const;

/**
 * The headers of a signed request, `[name, value, …]`: Signature Version 4 over method, host, path, query and body.
 * @param wall now, Unix milliseconds. @param derived keys derived for a day, kept between requests.
 * @throws {CredentialError} for a body that streams, which cannot be read twice.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 */
export async function sign(
  request: OutgoingRequest,
  keys: AwsKeys,
  scope: SigningScope,
  wall: number,
  derived: Map<string, ArrayBuffer>,
): Promise<string[]> {
  const { body } = request;
  if (body !== null && !(body instanceof Uint8Array)) {
    throw new CredentialError("credentials_failed", "a body that streams cannot be signed");
  }
  const signer = new AwsV4Signer({
    method: request.method,
    url: request.origin + request.path,
    headers: {},
    ...(body === null ? {} : { body: body as Uint8Array<ArrayBuffer> }),
    accessKeyId: keys.accessKeyId,
    secretAccessKey: keys.secretAccessKey,
    ...(keys.sessionToken === null ? {} : { sessionToken: keys.sessionToken }),
    ...scope,
    cache: derived,
    datetime: new Date(wall).toISOString().replaceAll(/[:-]|\.\d{3}/g, ""),
  });
  const { headers } = await signer.sign();
  return SIGNATURE_HEADERS.flatMap((name) => {
    const value = headers.get(name);
    return value === null ? [] : [name, value];
  });
}
