import type { Clock } from "../../../clock.ts";
import type { Revealable } from "../revealable.ts";
import { AwsCredentials } from "./aws_credentials.ts";
import type { AskAws, AwsEnvironment, AwsKeySource } from "./aws_keys.ts";
import { containerKeys, environmentKeys, givenKeys, instanceKeys, sharedFileKeys } from "./key_sources.ts";

/** Keys of AWS as they were configured. */
export interface AwsSettings {
  readonly region: string;
  readonly service: string;
  readonly accessKeyId: Revealable | null;
  readonly secretAccessKey: Revealable | null;
  readonly sessionToken: Revealable | null;
  /** Of the shared credentials file; null: what the environment says. */
  readonly profile: string | null;
  /** Whether the instance may be asked. */
  readonly instanceMetadata: boolean;
  readonly environment: AwsEnvironment;
}

/** Keys that are configured are the only ones; else they are looked for where AWS's own programs do. */
export function createAwsCredentials(
  settings: AwsSettings,
  clock: Clock,
  ask: AskAws,
  onFailure: (message: string) => void,
): AwsCredentials {
  const { region, service } = settings;
  return new AwsCredentials(sourcesOf(settings, clock, ask), { region, service }, clock, onFailure);
}

function sourcesOf(settings: AwsSettings, clock: Clock, ask: AskAws): AwsKeySource[] {
  const { accessKeyId, secretAccessKey, sessionToken, profile, environment } = settings;
  if (accessKeyId !== null && secretAccessKey !== null) {
    return [givenKeys("the configuration", () => ({
      accessKeyId: accessKeyId.reveal(),
      secretAccessKey: secretAccessKey.reveal(),
      sessionToken: sessionToken?.reveal() || null,
      // A file may have others by then.
      expiresAt: clock.wall() + 60_000,
    }))];
  }
  const file = sharedFileKeys(environment, profile, () => clock.wall());
  if (profile !== null) return [file];
  const sources = [environmentKeys(environment), file, containerKeys(environment, ask)];
  return settings.instanceMetadata ? [...sources, instanceKeys(ask)] : sources;
}
