import type { CustomAttribute } from "../telemetry/names/custom_attributes.ts";
import type { Policy } from "../telemetry/names/policies.ts";
import type { MetricGroup, MetricProfile } from "../telemetry/names/metrics.ts";
import type { PropagatorName } from "../telemetry/names/propagators.ts";
import type { Profile } from "../telemetry/names/profiles.ts";
import type { AwsConfig } from "./aws.ts";
import type { EffectiveKey } from "./effective.ts";
import type { LiveSecrets } from "./live_secrets.ts";
import type { LimitsConfig, SpendConfig } from "./limits.ts";
import type { ListenAddress } from "./listen.ts";
import type { KeysConfig } from "./keys.ts";
import type { RedisConfig } from "./redis.ts";
import type { PassThroughConfig } from "./pass_through.ts";
import type { RequestsConfig } from "./requests.ts";
import type { StoreKind } from "./sections/store.ts";
import type { SharedStores } from "./stores.ts";
import type { OtlpProtocol } from "./sections/exporter.ts";
import type { SamplerType } from "./sections/observability.ts";
import type { ClassificationConfig, RoutingConfig } from "./routing.ts";
import type { FileConfig } from "./schema.ts";
import type { Secret } from "./secret.ts";
import type { TLS_VERSIONS } from "./sections/server.ts";

type FileProvider = FileConfig["providers"][string];
type FileModel = FileConfig["models"][string];

/** Milliseconds; 0 switches one off. */
export type TimeoutsConfig = FileConfig["timeouts"];

/** One provider that is used. */
export type ProviderConfig = Omit<FileProvider, "timeouts" | "ca_file" | "region"> & {
  /** AWS's; empty: none. */
  readonly region: string;
  /** Complete, the general ones filled in. */
  readonly timeouts: TimeoutsConfig;
  /** PEM of certificate authorities to trust besides the system's. */
  readonly ca: string | null;
};

/** One target of a model. */
export interface TargetConfig {
  readonly provider: string;
  /** The model's name at the provider. */
  readonly model: string;
  readonly weight: number;
  /** Complete: the model's own, else its provider's, else the general ones. */
  readonly timeouts: TimeoutsConfig;
  /** The model's own, else its provider's, else the general one. */
  readonly dropParams: FileConfig["drop_params"];
  /** The switch of its chat template; null: it has none. */
  readonly reasoningSwitch: string | null;
}

/** One model as clients ask for it. */
export interface ModelConfig {
  /** Those that can answer now; empty where every provider of the model is disabled. */
  readonly targets: readonly TargetConfig[];
  readonly aliases: readonly string[];
  readonly policy: Policy | null;
  readonly hedge: FileModel["hedge"];
  readonly continues: FileModel["continue_streams"];
  /** Names of models. */
  readonly fallbacks: readonly string[];
  readonly contextWindowFallbacks: readonly string[];
  readonly contentPolicyFallbacks: readonly string[];
  /** What would switch on one of its targets, in the words of {@linkcode DisabledProvider.missing}. */
  readonly missing: readonly string[];
  /** What it can do; null: by the shipped table, else its provider. */
  readonly can: FileModel["can"];
  /** Tokens; null: by the shipped table. */
  readonly contextLength: number | null;
  readonly systemPrompt: FileModel["system_prompt"];
}

/** Why a provider of the file is not used. */
export interface DisabledProvider {
  /** The variable that its key comes from; null where `enabled: false` switched it off. */
  readonly variable: string | null;
  /** What has to be set: the variable, or `providers.NAME.enabled=true`. */
  readonly missing: string;
}

/** The sampler by OpenTelemetry's name; the `parentbased_` ones go by the parent's decision where there is one. */
export interface SamplerConfig {
  readonly type: SamplerType;
  /** 0 to 1; of the `traceidratio` ones, for the others 1. */
  readonly rate: number;
}

/** PEM texts. */
export interface TlsConfig {
  /** Certificate authorities to trust. */
  readonly ca: string | null;
  /** The gateway's own certificate and its key. */
  readonly certificate: string | null;
  readonly key: Secret | null;
}

export interface OtlpExporterConfig {
  readonly type: "otlp";
  readonly protocol: OtlpProtocol;
  /**
   * Complete, with scheme: over HTTP the URL to post the signal to; for gRPC the origin, `https` for TLS.
   */
  readonly url: string;
  readonly headers: Readonly<Record<string, Secret>>;
  /** Milliseconds for one export. */
  readonly timeout: number;
  readonly compression: "none" | "gzip";
  /** Null: the system's certificate authorities, and no certificate of our own. */
  readonly tls: TlsConfig | null;
}

export type ExporterConfig =
  | OtlpExporterConfig
  | { readonly type: "stdout" }
  | { readonly type: "file"; readonly path: string };

/** Metrics that are pushed. */
export interface MetricsPushConfig {
  /** Empty: they are only scraped. */
  readonly exporters: readonly ExporterConfig[];
  /** Milliseconds. */
  readonly interval: number;
  readonly temporality: "cumulative" | "delta" | "lowmemory";
}

export interface TracingConfig {
  /** Trace ids are made, logged and passed on; spans are sampled. */
  readonly enabled: boolean;
  readonly sampler: SamplerConfig;
  /** Empty: spans go nowhere. */
  readonly exporters: readonly ExporterConfig[];
  readonly propagators: readonly PropagatorName[];
  /** Of a request's span, besides those of the conventions. */
  readonly attributes: readonly CustomAttribute[];
  readonly trustParent: "always" | "keys" | "never";
  /** Null where no rule is configured. */
  readonly tail: FileConfig["observability"]["tracing"]["tail_sampling"] | null;
  readonly batch: FileConfig["observability"]["tracing"]["batch"];
  readonly limits: FileConfig["observability"]["tracing"]["limits"];
}

export interface ObservabilityConfig {
  /** The first gives the span names. Never empty. */
  readonly conventions: readonly Profile[];
  /** What was said, told in traces; null: it is not. */
  readonly content: { readonly maxLength: number } | null;
  /** Attributes of the resource, `service.name` among them; `service.version` is absent where not configured. */
  readonly resource: Readonly<Record<string, string>>;
  readonly metrics: {
    readonly enabled: boolean;
    readonly path: string;
    /** Where they have an address of their own; null: at the server's. */
    readonly address: ListenAddress | null;
    /** Shared with processes that somebody else starts; null: there are none. */
    readonly sharedDirectory: string | null;
    readonly profiles: readonly MetricProfile[];
    readonly groups: readonly MetricGroup[];
    readonly push: MetricsPushConfig;
  };
  readonly logs: {
    readonly exporters: readonly ExporterConfig[];
    readonly batch: FileConfig["observability"]["logs"]["batch"];
  };
  readonly tracing: TracingConfig;
}

/** Complete: what is not given depends on the store. */
export type ConversationsConfig =
  & Omit<FileConfig["conversations"], "store" | "path" | "max_entries" | "max_size" | "ttl">
  & {
    readonly store: StoreKind;
    /** Absolute; null elsewhere than on disk. */
    readonly path: string | null;
    readonly max_entries: number;
    /** Bytes. */
    readonly max_size: number;
    readonly ttl: number;
  };

/** What the server speaks TLS with. */
export interface ServerTlsConfig {
  /** PEM. */
  readonly certificate: string;
  /** PEM. */
  readonly key: Secret;
  /** PEM; null: clients need no certificate. */
  readonly clientCa: string | null;
  readonly minVersion: (typeof TLS_VERSIONS)[number];
  /** Where all this comes from, to be watched. */
  readonly files: readonly string[];
}

export type ServerConfig = Omit<FileConfig["server"], "workers" | "tls"> & {
  /** Null: plain text. */
  readonly tls: ServerTlsConfig | null;
  /** Processes that serve; with one there is no supervisor. */
  readonly workers: number;
};

/** Complete: where answers are kept may follow from what else is given. */
export type CacheConfig = Omit<FileConfig["cache"], "store" | "path" | "redis"> & {
  readonly store: StoreKind;
  /** Absolute; null elsewhere than on disk. */
  readonly path: string | null;
  /** Its own server, else the shared one; null where it is kept elsewhere. */
  readonly redis: RedisConfig | null;
};

export type BackendsConfig = Omit<FileConfig["backends"], "redis"> & {
  /** Its own server, else the shared one where something goes by it; null: there is none. */
  readonly redis: RedisConfig | null;
};

/** What the environment says of proxies; empty: nothing. */
export interface ProxyConfig {
  /** For `https:` origins; may hold a password. */
  readonly https: Secret;
  /** For `http:` origins. */
  readonly http: Secret;
  /** Where no proxy is used, comma-separated. */
  readonly none: string;
}

/**
 * The whole configuration, validated: keys as in the file, durations in milliseconds, sizes in bytes, defaults
 * filled in, both spellings and the environment merged.
 */
export type Config =
  & Omit<
    FileConfig,
    | "server"
    | "providers"
    | "models"
    | "observability"
    | "conversations"
    | "requests"
    | "keys"
    | "admin"
    | "cache"
    | "limits"
    | "spend"
    | "pass_through"
    | "classification"
    | "routing"
    | "backends"
    | "redis"
    | "postgres"
  >
  & SharedStores
  & {
    readonly server: ServerConfig;
    readonly classification: ClassificationConfig;
    readonly routing: RoutingConfig | null;
    /** Those that are used. */
    readonly providers: Readonly<Record<string, ProviderConfig>>;
    /** Providers of the file that are not used, by name. */
    readonly disabled: ReadonlyMap<string, DisabledProvider>;
    readonly models: Readonly<Record<string, ModelConfig>>;
    readonly observability: ObservabilityConfig;
    readonly conversations: ConversationsConfig;
    readonly requests: RequestsConfig;
    readonly admin: {
      /** Where it has an address of its own; null: at the server's. */
      readonly address: ListenAddress | null;
    };
    /** Null: there are no virtual keys. */
    readonly keys: KeysConfig | null;
    readonly cache: CacheConfig;
    readonly limits: LimitsConfig;
    readonly spend: SpendConfig;
    readonly pass_through: PassThroughConfig;
    readonly backends: BackendsConfig;
    /** Proxies for providers that say nothing of one. */
    readonly proxies: ProxyConfig;
    /** What the environment says of AWS, for providers that say nothing of it. */
    readonly aws: AwsConfig;
    /** Secrets whose files may change. */
    readonly liveSecrets: LiveSecrets;
    /** Its path, as it was named. */
    readonly file: string;
    /** Every key with its value, masked, and its origin. */
    readonly effective: () => readonly EffectiveKey[];
    /** To be logged once at start-up. */
    readonly warnings: readonly string[];
  };
