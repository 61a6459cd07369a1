import type { Config } from "../config/config.ts";
import type { EffectiveKey } from "../config/effective.ts";
import { dividedLimits } from "../config/worker_share.ts";
import { catalogRow, isVerified } from "../providers/catalog.ts";
import { type Command, CONFIG_FLAG, type Flags, HOST_FLAG, LOG_LEVEL_FLAG, PORT_FLAG } from "./command.ts";
import { configPath, configReader, loadSettings, printProblems } from "./settings.ts";
import type { System } from "./system.ts";
import { availableModels, conversationsLine, labelled, tracesLine, unavailableModels } from "./summary.ts";

export const checkConfig: Command = {
  name: "check-config",
  summary: "Check the configuration and stop",
  about: "Reads the configuration as serve would and says what is wrong with it, all of it at once.\n" +
    "Exits 0 where it is good, 1 where --require-all is not met, 2 where it cannot be used.",
  flags: [
    CONFIG_FLAG,
    {
      name: "show",
      value: null,
      about: "print every key with its value and where it comes from; secrets are masked",
    },
    {
      name: "convert",
      value: null,
      about: "print a configuration of LiteLLM or vLLM Semantic Router in the gateway's own form",
    },
    {
      name: "require-all",
      value: null,
      about: "exit 1 where a provider is left out because its key is not set",
    },
    HOST_FLAG,
    PORT_FLAG,
    LOG_LEVEL_FLAG,
  ],
  examples: ["gateway check-config", "gateway check-config --show --config /etc/gateway.yaml"],
  async run(flags, system) {
    if (flags.has("convert")) return await convert(flags, system);
    const loaded = await loadSettings(flags, system);
    if (loaded === null) return 2;
    const { config, dialect, remarks } = loaded;
    if (flags.has("show")) { for (const line of table(loaded.effective())) system.out(line); }
    else for (const line of summary(config, configPath(flags, system), dialect)) system.out(line);
    for (const remark of remarks) system.out(`note: ${remark}`);
    for (const warning of config.warnings) system.err(`warning: ${warning}`);
    const lacking = [...config.disabled].filter(([, { variable }]) => variable !== null);
    if (!flags.has("require-all") || lacking.length === 0) return 0;
    for (const [name, { variable }] of lacking) system.err(`gateway: provider ${name} needs ${variable}`);
    return 1;
  },
};

/** Prints the native form; what else is wrong with the configuration, such as variables that are not set, as well. */
async function convert(flags: Flags, system: System): Promise<number> {
  const reader = await configReader(flags, system);
  const native = await printProblems({ read: () => reader.native() }, flags, system);
  if (native === null) return 2;
  if (native.dialect === null) {
    system.err(`gateway: ${configPath(flags, system)} is in the gateway's own form already`);
    return 0;
  }
  const { nativeText } = await import("../config/native_text.ts");
  for (const line of nativeText(native).trimEnd().split("\n")) system.out(line);
  return await printProblems(reader, flags, system) === null ? 2 : 0;
}

function summary(config: Config, path: string, dialect: string | null): string[] {
  const disabled = [...config.disabled].map(([name, { variable }]) =>
    `${name} (${variable === null ? "switched off" : `needs ${variable}`})`
  );
  const unavailable = unavailableModels(config).map(({ name, missing }) => `${name} (${missing})`);
  const { server, auth, observability } = config;
  return [
    `${path} is good${dialect === null ? "" : ` (a configuration of ${dialect})`}`,
    `  listens on   ${server.host}:${server.port}`,
    ...workerLines(config),
    ...labelled("  providers    ", orNone(Object.entries(config.providers).map(providerName))),
    ...(disabled.length > 0 ? labelled("  left out     ", disabled) : []),
    ...labelled("  models       ", orNone(availableModels(config))),
    ...(unavailable.length > 0 ? labelled("  unavailable  ", unavailable) : []),
    `  keys         ${
      auth.keys.length === 0 ? "none: everybody may call" : auth.keys.map(({ name }) => name).join(", ")
    }`,
    `  metrics      ${observability.metrics.enabled ? observability.metrics.path : "off"}`,
    `  traces       ${tracesLine(config)}`,
    `  stored       ${conversationsLine(config)}`,
  ];
}

/** With workers: what each of them has of the limits that they count for themselves. */
function workerLines(config: Config): string[] {
  const { workers } = config.server;
  if (workers === 1) return [];
  const limits = dividedLimits(config, workers).map(({ key, whole, share }) =>
    `${key} ${share} (of ${whole})`
  );
  return [`  workers      ${workers}`, ...labelled("  each         ", limits)];
}

/** A provider of which no recorded traffic is among the tests is said to be such. */
function providerName([name, { type }]: [string, { readonly type: string }]): string {
  const row = catalogRow(type);
  return row === null || isVerified(row) ? name : `${name} (unverified)`;
}

function orNone(names: readonly string[]): readonly string[] {
  return names.length === 0 ? ["none"] : names;
}

function table(keys: readonly EffectiveKey[]): string[] {
  const width = (of: (key: EffectiveKey) => string, most: number) =>
    Math.min(most, Math.max(...keys.map((key) => of(key).length)));
  const paths = width(({ path }) => path, 56);
  const values = width(({ value }) => value, 40);
  return keys.map(({ path, value, origin }) => `${path.padEnd(paths)}  ${value.padEnd(values)}  ${origin}`);
}
