import { createHash, createHmac } from "node:crypto";

const ALGORITHM = "AWS4-HMAC-SHA256";

/** A request as a server got it. */
export interface SignedRequest {
  readonly method: string;
  /** Path with its query, as it stood on the wire. */
  readonly target: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/**
 * Signature Version 4 computed anew by AWS's description, sharing nothing with what signs.
 * @returns whether the signature in the request is the one that the secret gives.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function isSignedBy(secret: string, request: SignedRequest): boolean {
  const authorization = request.headers.get("authorization") ?? "";
  const found =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8}\/[^/]+\/[^/]+\/aws4_request), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/
      .exec(authorization);
  if (found === null) return false;
  const [, , scope = "", names = "", signature] = found;
  const [path = "", query = ""] = request.target.split("?");
  const canonical = [
    request.method,
    // Every service but S3 encodes the path a second time.
    path.split("/").map(encode).join("/"),
    query.split("&").filter(Boolean).map((pair) => pair.includes("=") ? pair : `${pair}=`).sort().join("&"),
    ...names.split(";").map((name) => `${name}:${(request.headers.get(name) ?? "").trim()}`),
    "",
    names,
    hash(request.body),
  ].join("\n");
  const date = request.headers.get("x-amz-date") ?? "";
  const text = [ALGORITHM, date, scope, hash(canonical)].join("\n");
  const key = scope.split("/").reduce<string | Uint8Array>((key, part) => hmac(key, part), `AWS4${secret}`);
  return hmac(key, text).toString("hex") === signature;
}

function encode(segment: string): string {
  return encodeURIComponent(segment)
    .replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function hash(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

function hmac(key: string | Uint8Array, data: string) {
  return createHmac("sha256", key).update(data).digest();
}
