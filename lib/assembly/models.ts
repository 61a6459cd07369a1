import type { AwsConfig } from "../config/aws.ts";
import type { Backends } from "./backends.ts";
import type { Config, ModelConfig, ProviderConfig } from "../config/config.ts";
import type { Clock } from "../clock.ts";
import type { Deadlines } from "../deadlines.ts";
import type { AuthSettings } from "../providers/credentials/create_credentials.ts";
import { schemeOf } from "../providers/credentials/auth_scheme.ts";
import { catalogRow } from "../providers/catalog.ts";
import { createProvider } from "../providers/create_provider.ts";
import { InstrumentedProvider } from "../providers/instrumented_provider.ts";
import { Propagators } from "../telemetry/propagation/propagators.ts";
import { FixedHedge, type Hedge, PercentileHedge } from "../stages/upstream/hedge.ts";
import type { UpstreamTimeouts } from "../providers/provider.ts";
import type { ModelEntry, ModelTable, Target } from "../stages/model_table.ts";
import type { ReadPace } from "../providers/read_pace.ts";
import { withWildcards } from "../stages/wildcard_models.ts";

/** The configured providers that are used, by name. They connect to nothing yet. */
export async function buildProviders(
  config: Config,
  surroundings: {
    readonly version: string;
    readonly clock: Clock;
    readonly deadlines: Deadlines;
    readonly random: () => number;
    readonly pace: ReadPace;
    readonly onWarning: (message: string) => void;
  },
): Promise<Map<string, InstrumentedProvider>> {
  const { version, clock } = surroundings;
  const { https, http, none } = config.proxies;
  const proxyEnvironment = { httpsProxy: https.reveal(), httpProxy: http.reveal(), noProxy: none };
  const propagators = new Propagators(config.observability.tracing.propagators);
  const providers = new Map<string, InstrumentedProvider>();
  for (const [name, settings] of Object.entries(config.providers)) {
    const provider = await createProvider(name, {
      type: settings.type,
      baseUrl: settings.base_url,
      apiVersion: settings.api_version,
      auth: authOf(settings, config.aws),
      authScheme: settings.key_header === null ? null : schemeOf(settings.key_header),
      headers: settings.headers,
      timeouts: timeoutsOf(settings.timeouts),
      proxy: settings.proxy,
      ca: settings.ca,
      dnsTtl: settings.dns_ttl,
      addresses: settings.addresses,
      http2: settings.http2,
      maxConnections: settings.max_connections,
      maxQueue: settings.max_queue,
      mock: { behaviour: mockBehaviour(settings.mock) },
    }, { ...surroundings, proxyEnvironment, userAgent: `llm-gateway/${version}` });
    const { baggage } = settings;
    providers.set(name, new InstrumentedProvider(provider, clock, { propagators, baggage }));
  }
  return providers;
}

/** The one way in which a provider's requests are authenticated; the configuration has checked that there is one. */
function authOf(settings: ProviderConfig, aws: AwsConfig): AuthSettings {
  const { oauth, google_credentials } = settings;
  if (settings.auth === "passthrough") return { kind: "passthrough" };
  if (oauth !== null) {
    return {
      kind: "oauth",
      tokenUrl: oauth.token_url,
      clientId: oauth.client_id,
      clientSecret: oauth.client_secret,
      clientAuth: oauth.client_auth,
      scope: oauth.scope,
      audience: oauth.audience,
      resource: oauth.resource,
    };
  }
  if (google_credentials !== null) return { kind: "google", key: google_credentials };
  const keys = settings.api_key === null ? settings.api_keys : [{ key: settings.api_key, weight: 1 }];
  if (keys.length > 0) return { kind: "keys", keys };
  const service = catalogRow(settings.type)?.signs;
  if (service === undefined) return { kind: "none" };
  if (settings.aws === null && !aws.bearerToken.empty) {
    return { kind: "keys", keys: [{ key: aws.bearerToken, weight: 1 }] };
  }
  return {
    kind: "aws",
    service,
    region: settings.region,
    accessKeyId: settings.aws?.access_key_id ?? null,
    secretAccessKey: settings.aws?.secret_access_key ?? null,
    sessionToken: settings.aws?.session_token ?? null,
    profile: settings.aws?.profile ?? null,
    instanceMetadata: settings.aws?.instance_metadata ?? false,
    environment: aws.keys,
  };
}

/** The models by all their names. @param created Unix seconds. */
export function buildModels(
  config: Config,
  providers: ReadonlyMap<string, InstrumentedProvider>,
  created: number,
  backends: Backends,
): ModelTable {
  const targets = new Map(
    Object.entries(config.models).map(([name, model]) => [name, targetsOf(name, model, providers, backends)]),
  );
  const all = (names: readonly string[]) => names.flatMap((name) => targets.get(name) ?? []);
  const table = new Map<string, ModelEntry>();
  for (const [name, model] of Object.entries(config.models)) {
    const { missing, policy, hedge, continues, fallbacks, contextWindowFallbacks, contentPolicyFallbacks } =
      model;
    const rescue = {
      ...(contextWindowFallbacks.length === 0 ? {} : { context_window: all(contextWindowFallbacks) }),
      ...(contentPolicyFallbacks.length === 0 ? {} : { content_policy: all(contentPolicyFallbacks) }),
    };
    const entry = {
      targets: targets.get(name) ?? [],
      ...(fallbacks.length === 0 ? {} : { fallbacks: all(fallbacks) }),
      ...(Object.keys(rescue).length === 0 ? {} : { fallbacksFor: rescue }),
      ...(policy === null ? {} : { policy }),
      ...(continues === "never" ? {} : { continues }),
      ...(hedge === null ? {} : { hedge: hedgeOf(hedge) }),
      missing,
      created,
    };
    table.set(name, { name, ...entry });
    for (const alias of model.aliases) table.set(alias, { name: alias, canonical: name, ...entry });
  }
  return withWildcards(table);
}

function hedgeOf({ after, max }: NonNullable<ModelConfig["hedge"]>): Hedge {
  return typeof after === "number"
    ? new FixedHedge(after, max)
    : new PercentileHedge(Number(after.slice(1)) / 100, max);
}

function targetsOf(
  of: string,
  model: ModelConfig,
  providers: ReadonlyMap<string, InstrumentedProvider>,
  backends: Backends,
): Target[] {
  return model.targets.flatMap((target): Target[] => {
    const provider = providers.get(target.provider);
    if (provider === undefined) return [];
    const endpoint = `${provider.serverAddress}:${provider.serverPort}`;
    return [{
      provider,
      model: target.model,
      of,
      weight: target.weight,
      timeouts: timeoutsOf(target.timeouts),
      dropParams: target.dropParams,
      ...(target.reasoningSwitch === null ? {} : { reasoningSwitch: target.reasoningSwitch }),
      backend: backends.of(provider.name, target.model, endpoint),
    }];
  });
}

/** Who answers what names no model, or what would have to be done for somebody to. */
export function passThroughTarget(
  config: Config,
  providers: ReadonlyMap<string, InstrumentedProvider>,
): Target | { readonly missing: string } {
  const name = config.pass_through.provider;
  if (name === null) return { missing: "set 'pass_through.provider' in the configuration" };
  const provider = providers.get(name);
  if (provider !== undefined) return { provider, model: "", weight: 1, timeouts: {} };
  const variable = config.disabled.get(name)?.missing ?? name;
  return { missing: `the provider '${name}' is switched off, set ${variable} and start the gateway again` };
}

function timeoutsOf(timeouts: ProviderConfig["timeouts"]): UpstreamTimeouts {
  return {
    connect: timeouts.connect,
    firstChunk: timeouts.first_chunk,
    betweenChunks: timeouts.between_chunks,
    total: timeouts.total,
  };
}

/** The mock's behaviour with what the configuration sets; what it leaves open stays as it is. */
function mockBehaviour(settings: ProviderConfig["mock"]) {
  const { latency, ttft, tokens_per_second: tps, error_rate: errorRate, error_status: errorStatus } =
    settings;
  return {
    latency,
    ttft,
    tps,
    errorRate,
    errorStatus,
    ...(settings.tokens === null ? {} : { tokens: settings.tokens }),
    ...(settings.stall_after === null ? {} : { stallAfter: settings.stall_after }),
    ...(settings.disconnect_after === null ? {} : { disconnectAfter: settings.disconnect_after }),
  };
}
