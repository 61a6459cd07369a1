/** For programs that embed the gateway: read a configuration, start it, say of its telemetry what files cannot. */
export { type ConfigSources, loadConfig, type LoadedConfig } from "./config/load.ts";
export { ConfigError } from "./config/problem.ts";
export { type RunningGateway, startGateway, type Surroundings } from "./gateway.ts";
export type { LogWriter } from "./telemetry/log_sink.ts";
export {
  ObservabilityManager,
  type ObservabilityManagerOptions,
  type SdkSampler,
} from "./telemetry/observability_manager.ts";
export { createSampler, type Sampler, type SamplerOptions } from "./telemetry/sampling/sampler.ts";
