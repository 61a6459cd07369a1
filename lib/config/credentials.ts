import type { Report } from "./check.ts";
import type { Path } from "./path.ts";
import { providerType } from "./provider_types.ts";
import type { FileConfig } from "./schema.ts";

type FileProvider = FileConfig["providers"][string];

/** The keys that say how a provider's requests are authenticated, as far as they are given. */
function given({ api_key, api_keys, oauth, google_credentials, aws }: FileProvider): string[] {
  const all = {
    api_key: api_key !== null,
    api_keys: api_keys.length > 0,
    oauth: oauth !== null,
    google_credentials: google_credentials !== null,
    aws: aws !== null,
  };
  return Object.entries(all).flatMap(([key, isGiven]) => isGiven ? [key] : []);
}

/** Whether its requests are authenticated, in whatever way. */
export function hasCredentials(provider: FileProvider): boolean {
  return provider.auth === "passthrough" || given(provider).length > 0;
}

/** One way to authenticate, and no empty secret. @param path the provider's. */
export function checkCredentials(path: Path, provider: FileProvider, report: Report): void {
  const [first, second] = given(provider);
  if (provider.auth === "passthrough" && first !== undefined) {
    report.add([...path, "auth"], `is passthrough, and there is ${first} too; expected one of them`);
  } else if (second !== undefined) {
    report.add([...path, second], `cannot be given beside ${first}; expected one of them`);
  }
  if (provider.api_key?.empty) {
    report.add([...path, "api_key"], "is empty; take the key out, or name a variable that holds one");
  }
  provider.api_keys.forEach(({ key }, index) => {
    if (key.empty) report.add([...path, "api_keys", index, "key"], "is empty; take it out");
  });
  if (provider.oauth?.client_secret.empty) report.add([...path, "oauth", "client_secret"], "is empty");
  checkAws(path, provider, report);
  const account = provider.google_credentials;
  if (account !== null && !isServiceAccount(account.reveal())) {
    report.add(
      [...path, "google_credentials"],
      "is not the JSON of a service account's key file: client_email, private_key or token_uri is missing",
    );
  }
}

function checkAws(path: Path, { type, aws }: FileProvider, report: Report): void {
  if (aws === null) return;
  if (!providerType(type).signs) report.add([...path, "aws"], `means nothing for type ${type}`);
  if ((aws.access_key_id === null) !== (aws.secret_access_key === null)) {
    const missing = aws.access_key_id === null ? "access_key_id" : "secret_access_key";
    report.add([...path, "aws", missing], "is missing; the two go together");
  } else if (aws.access_key_id !== null && aws.profile !== null) {
    report.add([...path, "aws", "profile"], "cannot be given beside access_key_id; expected one of them");
  }
  for (const key of ["access_key_id", "secret_access_key", "session_token"] as const) {
    if (aws[key]?.empty) report.add([...path, "aws", key], "is empty; take it out");
  }
}

function isServiceAccount(text: string): boolean {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json !== "object" || json === null) return false;
    const { client_email, private_key, token_uri } = json as Record<string, unknown>;
    return typeof client_email === "string" && typeof private_key === "string" &&
      typeof token_uri === "string" && /^https?:/.test(token_uri) && URL.canParse(token_uri);
  } catch {
    return false;
  }
}
