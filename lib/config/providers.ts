import { type AwsConfig, regionOf } from "./aws.ts";
import type { Report } from "./check.ts";
import type { DisabledProvider, ProviderConfig, TimeoutsConfig } from "./config.ts";
import { formatDuration } from "./duration.ts";
import { formatPath, type Path } from "./path.ts";
import { checkCredentials, hasCredentials } from "./credentials.ts";
import type { PemFiles } from "./pem_files.ts";
import type { Layers } from "./layers.ts";
import { PROVIDER_TYPES, providerType } from "./provider_types.ts";
import type { FileConfig } from "./schema.ts";
import type { Blank } from "./substitution.ts";

type FileProvider = FileConfig["providers"][string];

export interface ResolvedProviders {
  readonly providers: Readonly<Record<string, ProviderConfig>>;
  readonly disabled: ReadonlyMap<string, DisabledProvider>;
}

/**
 * The variable for want of which a provider is left out; null where it is used. `${VAR:-}` allows for there being
 * no key, where the provider's type can do without.
 * @param blank the variable of its key that gave nothing.
 */
export function missingVariable(type: unknown, baseUrl: unknown, blank: Blank | undefined): string | null {
  if (blank === undefined) return null;
  return blank.why === "default" && !needsKey(type, baseUrl) ? null : blank.variable;
}

/** A type's own service wants a key; what stands in its place at another URL may not. */
function needsKey(type: unknown, baseUrl: unknown): boolean {
  const known = PROVIDER_TYPES.find((name) => name === type);
  return known !== undefined && providerType(known).variable !== null && (baseUrl ?? null) === null;
}

/**
 * Divides the file's providers into those that are used and those that are not.
 * @param keyless providers whose key comes from a variable that gave nothing, by name.
 */
export function resolveProviders(
  file: FileConfig,
  keyless: ReadonlyMap<string, Blank>,
  layers: Layers,
  report: Report,
  pem: PemFiles,
  aws: AwsConfig,
): ResolvedProviders {
  // Names are the user's: without a prototype, "constructor" is a name like any other.
  const providers: Record<string, ProviderConfig> = Object.create(null);
  const disabled = new Map<string, DisabledProvider>();
  for (const [name, provider] of Object.entries(file.providers)) {
    const variable = missingVariable(provider.type, provider.base_url, keyless.get(name));
    if (!provider.enabled) disabled.set(name, { variable: null, missing: switchOf(name, layers) });
    else if (variable !== null) disabled.set(name, { variable, missing: variable });
    else {
      const { ca_file, ...rest } = provider;
      const place = placeOf(provider, aws);
      const ca = pem.read(["providers", name, "ca_file"], ca_file) ?? pem.authorities;
      providers[name] = { ...rest, ...place, timeouts: mergeTimeouts(file.timeouts, provider.timeouts), ca };
    }
    checkProvider(name, provider, variable !== null, report, aws);
  }
  return { providers, disabled };
}

/** Where a provider is: its URL, made of the region where its type has one a region; and that region, or empty. */
function placeOf(provider: FileProvider, aws: AwsConfig): { base_url: string | null; region: string } {
  const { regionalUrl } = providerType(provider.type);
  const region = provider.region ?? regionOf(provider.base_url ?? "") ?? aws.region;
  const made = regionalUrl === null || region === "" ? null : regionalUrl.replace("{region}", region);
  return { base_url: provider.base_url ?? made, region };
}

/** What switches a provider on: the variable that `enabled` is taken from, else the key itself. */
function switchOf(name: string, layers: Layers): string {
  const path = ["providers", name, "enabled"];
  const origin = layers.originOf(path);
  const [reference] = origin.from === "file" ? origin.references : [];
  return `${reference?.slice(2, -1) ?? formatPath(path)}=true`;
}

/** Time-outs in force of each provider, for `--show`, by formatted path. */
export function effectiveTimeouts(file: FileConfig): ReadonlyMap<string, unknown> {
  return new Map(
    Object.entries(file.providers).flatMap(([name, provider]) =>
      Object.entries(mergeTimeouts(file.timeouts, provider.timeouts)).map(([key, ms]) =>
        [formatPath(["providers", name, "timeouts", key]), formatDuration(ms)] as const
      )
    ),
  );
}

/** The general time-outs with those of a provider or model in their place. */
export function mergeTimeouts(general: TimeoutsConfig, own: FileProvider["timeouts"]): TimeoutsConfig {
  return {
    connect: own.connect ?? general.connect,
    first_chunk: own.first_chunk ?? general.first_chunk,
    between_chunks: own.between_chunks ?? general.between_chunks,
    total: own.total ?? general.total,
  };
}

function checkProvider(
  name: string,
  provider: FileProvider,
  lacksKey: boolean,
  report: Report,
  aws: AwsConfig,
): void {
  const path = ["providers", name];
  if (name === "" || name.includes("/")) {
    report.add(path, "a provider's name cannot be empty or hold a slash");
  }
  if (!provider.enabled) return;
  const type = providerType(provider.type);
  const place = placeOf(provider, aws);
  const hasKey = !aws.bearerToken.empty || (hasCredentials(provider) && provider.aws === null);
  if (type.signs && place.region === "" && (place.base_url === null || !hasKey)) {
    report.add([...path, "region"], "is missing; name the region, or set AWS_REGION");
  } else if (type.needsBaseUrl && place.base_url === null) {
    const such = type.baseUrlExample === null ? "" : `; it looks like ${type.baseUrlExample}`;
    report.add([...path, "base_url"], `is missing; type ${provider.type} has no URL of its own${such}`);
  }
  if (provider.api_version !== null && !type.hasVersions) {
    report.add([...path, "api_version"], `means nothing for type ${provider.type}: its API has no versions`);
  }
  checkHealthCheck([...path, "health_check"], provider, report);
  checkCredentials(path, provider, report);
  if (!hasCredentials(provider) && !lacksKey && needsKey(provider.type, provider.base_url)) {
    report.add(
      [...path, "api_key"],
      `is missing; type ${provider.type} needs one, such as \${${type.variable}}`,
    );
  }
}

function checkHealthCheck(
  path: Path,
  { type, auth, health_check: check }: FileProvider,
  report: Report,
): void {
  if (check === null) return;
  if (auth === "passthrough") {
    report.add(path, "has no key to ask with: `auth: passthrough` sends the clients' own");
  }
  if (check.ask === "model") {
    if (check.path !== null) report.add([...path, "path"], "means nothing with `ask: model`");
  } else if (type === "mock") {
    report.add([...path, "ask"], "the mock has no path; expected `model`");
  } else if (check.path === null && !providerType(type).hasHealth) {
    report.add(
      [...path, "path"],
      `is missing; type ${type} has no path that tells its health; set one, or \`ask: model\``,
    );
  }
}
