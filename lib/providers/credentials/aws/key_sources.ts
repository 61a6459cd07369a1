import { CredentialError } from "../credential_source.ts";
import { parsedAnswer } from "../small_answer.ts";
import type { AskAws, AwsEnvironment, AwsKeys, AwsKeySource } from "./aws_keys.ts";
import { readProfile } from "./credentials_file.ts";

/** Keys that are configured, or stand in the environment; asked anew each time, since files may change them. */
export function givenKeys(name: string, give: () => AwsKeys | null): AwsKeySource {
  return { name, load: () => Promise.resolve(give()) };
}

/** `AWS_ACCESS_KEY_ID` and its like. */
export function environmentKeys(env: AwsEnvironment): AwsKeySource {
  return givenKeys("the environment", () => {
    const { accessKeyId } = env;
    const secretAccessKey = env.secretAccessKey.reveal();
    const sessionToken = env.sessionToken.reveal();
    if (accessKeyId === "" || secretAccessKey === "") return null;
    return { accessKeyId, secretAccessKey, sessionToken: sessionToken || null, expiresAt: null };
  });
}

/** The shared credentials file is looked into again so often, milliseconds: other programs renew what is in it. */
const FILE_LIFETIME = 300_000;

/** @param profile that has to be there; null: `default`, if it is. @param now Unix milliseconds. */
export function sharedFileKeys(
  env: AwsEnvironment,
  profile: string | null,
  now: () => number,
): AwsKeySource {
  const name = profile ?? (env.profile || "default");
  const required = profile !== null || env.profile !== "";
  return {
    name: `profile ${name} of the shared credentials file`,
    async load() {
      let text: string;
      try {
        text = await env.readFile(env.credentialsFile);
      } catch {
        if (!required) return null;
        throw failed(`the shared credentials file, in which profile ${name} should be, cannot be read`);
      }
      const values = readProfile(text, name);
      const accessKeyId = values?.get("aws_access_key_id") ?? "";
      const secretAccessKey = values?.get("aws_secret_access_key") ?? "";
      if (accessKeyId === "" || secretAccessKey === "") {
        if (!required) return null;
        throw failed(`the shared credentials file has no keys of profile ${name}`);
      }
      const sessionToken = values?.get("aws_session_token") || null;
      return { accessKeyId, secretAccessKey, sessionToken, expiresAt: now() + FILE_LIFETIME };
    },
  };
}

/** Where ECS has its endpoint. */
const CONTAINER_HOST = "http://169.254.170.2";
/** Hosts that may be asked without TLS: this machine, and the endpoints of ECS and EKS. */
const PLAIN_HOSTS = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\]|169\.254\.170\.(?:2|23)|\[fd00:ec2::23\])$/;

/**
 * The container's role on ECS and EKS.
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 */
export function containerKeys(env: AwsEnvironment, ask: AskAws): AwsKeySource {
  return {
    name: "the container's endpoint",
    async load() {
      const url = containerUrl(env);
      if (url === null) return null;
      const headers = ["accept", "application/json"];
      const token = await containerToken(env);
      if (token !== "") headers.push("authorization", token);
      const { status, bytes } = await ask("GET", url, headers);
      return temporaryKeys(url, status, bytes);
    },
  };
}

function containerUrl(env: AwsEnvironment): URL | null {
  if (env.containerRelativeUri !== "") {
    const url = URL.parse(env.containerRelativeUri, CONTAINER_HOST);
    if (url?.origin === CONTAINER_HOST) return url;
    throw failed("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is no path");
  }
  if (env.containerFullUri === "") return null;
  const url = URL.parse(env.containerFullUri);
  const safe = url?.protocol === "https:" || (url?.protocol === "http:" && PLAIN_HOSTS.test(url.hostname));
  if (url !== null && safe) return url;
  throw failed("AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor a host that may be asked without");
}

async function containerToken(env: AwsEnvironment): Promise<string> {
  let token = env.containerToken.reveal();
  if (env.containerTokenFile !== "") {
    try {
      token = (await env.readFile(env.containerTokenFile)).trim();
    } catch {
      throw failed("the file of AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE cannot be read");
    }
  }
  if (/[\r\n]/.test(token)) throw failed("the container's authorization token is no header value");
  return token;
}

const INSTANCE = "http://169.254.169.254";
const TOKEN_SECONDS = "21600";
const ROLE = /^[\w+=,.@-]{1,128}$/;

/**
 * The instance's role on EC2, by version 2 of its metadata service alone.
 * @param origin where the service is.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
 */
export function instanceKeys(ask: AskAws, origin: string = INSTANCE): AwsKeySource {
  const path = "/latest/meta-data/iam/security-credentials/";
  return {
    name: "the instance's metadata",
    async load() {
      const tokenUrl = new URL("/latest/api/token", origin);
      const issued = await ask("PUT", tokenUrl, ["x-aws-ec2-metadata-token-ttl-seconds", TOKEN_SECONDS]);
      const token = textOf(issued.bytes);
      if (issued.status !== 200 || token === "" || /[\r\n]/.test(token)) {
        throw failed(`${tokenUrl.host} gave no token (status ${issued.status})`);
      }
      const headers = ["x-aws-ec2-metadata-token", token];
      const roles = await ask("GET", new URL(path, origin), headers);
      const [role = ""] = textOf(roles.bytes).split("\n");
      if (roles.status !== 200 || !ROLE.test(role)) throw failed("the instance has no role");
      const url = new URL(path + role, origin);
      const { status, bytes } = await ask("GET", url, headers);
      return temporaryKeys(url, status, bytes);
    },
  };
}

/** Keys as ECS, EKS and EC2 give them. */
function temporaryKeys(url: URL, status: number, bytes: Uint8Array): AwsKeys {
  const { AccessKeyId, SecretAccessKey, Token, Expiration } = parsedAnswer(bytes);
  if (status !== 200 || typeof AccessKeyId !== "string" || typeof SecretAccessKey !== "string") {
    throw failed(`${url.host} gave no keys (status ${status})`);
  }
  const expiresAt = typeof Expiration === "string" ? Date.parse(Expiration) : NaN;
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: typeof Token === "string" && Token !== "" ? Token : null,
    expiresAt: Number.isNaN(expiresAt) ? null : expiresAt,
  };
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).trim();
}

function failed(what: string): CredentialError {
  return new CredentialError("credentials_failed", `no AWS credentials: ${what}`);
}
