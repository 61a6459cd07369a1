import { dirname, isAbsolute, join } from "node:path";
import { readAws } from "./aws.ts";
import { checkAccess, clientKeys } from "./access.ts";
import { resolveKeys } from "./keys.ts";
import { checkListeners, listenAddressOf } from "./listen.ts";
import { resolveCache } from "./cache.ts";
import { prune, Report } from "./check.ts";
import type { Config } from "./config.ts";
import { resolveConversations } from "./conversations.ts";
import type { Dialect } from "./dialects/dialect.ts";
import { type EffectiveKey, effectiveKeys } from "./effective.ts";
import { badProxies, emptySecrets, type Environment, readEnvironment, readProxies } from "./environment.ts";
import { expandTree } from "./expansion.ts";
import { type FlagSetting, Layers } from "./layers.ts";
import { resolveLimits } from "./limits.ts";
import { LiveSecrets, type ReadLater } from "./live_secrets.ts";
import { checkPassThrough, resolveModels } from "./models.ts";
import { resolveObservability } from "./observability.ts";
import { type NativeForm, nativeForm } from "./native_form.ts";
import { checkMemory } from "./memory.ts";
import { limitConnections } from "./open_files.ts";
import { formatPath, isMapping, type Path, valueAt } from "./path.ts";
import { resolvePassThrough } from "./pass_through.ts";
import { PemFiles } from "./pem_files.ts";
import { checkJailbreak } from "./jailbreak.ts";
import { checkPii } from "./pii.ts";
import { checkPrices } from "./prices.ts";
import { ConfigError, type Problem } from "./problem.ts";
import { effectiveTimeouts, missingVariable, resolveProviders } from "./providers.ts";
import { resolveBackends } from "./backends.ts";
import { spendWarnings } from "./spend_warnings.ts";
import { resolveSharedStores } from "./stores.ts";
import { resolveRequests } from "./requests.ts";
import { resolveRouting } from "./routing.ts";
import { schema } from "./schema.ts";
import { resolveServerTls } from "./server_tls.ts";
import type { Blank } from "./substitution.ts";
import { resolveWorkers } from "./workers.ts";
import { parseYaml } from "./yaml.ts";

/** Everything that a configuration is made of; nothing else is read. */
export interface ConfigSources {
  /** Of the file; named in errors. */
  readonly path: string;
  /** The file's text, where it is at hand; else it is read. */
  readonly text?: string | undefined;
  /** Those that the file may be written in, besides the gateway's own form. */
  readonly dialects?: readonly Dialect[] | undefined;
  readonly env: Environment;
  /** Reads a text file: the configuration, and `${file:…}`. @throws where it cannot. */
  readonly readFile: (path: string) => string;
  /** The same without holding up whoever waits: for `${file:…}` of secrets while the gateway runs. */
  readonly readLater?: ReadLater | undefined;
  readonly flags?: readonly FlagSetting[] | undefined;
  /** How many files the process may open, where that is known. */
  readonly openFiles?: number | undefined;
  /** Of the machine, for `server.workers: auto`; default 1. */
  readonly processors?: number | undefined;
}

export interface LoadedConfig {
  readonly config: Config;
  /** The dialect of the file; null: the gateway's own. */
  readonly dialect: string | null;
  /** What its dialect has that is said differently here, or need not be said; nothing is lost by it. */
  readonly remarks: readonly string[];
  /** Every key with its value, masked, and its origin. */
  effective(): EffectiveKey[];
}

/**
 * Reads, merges and checks a configuration: a flag beats the environment, which beats the file.
 * @throws {ConfigError} with everything that is wrong with it.
 */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const { path: file, env, readFile } = sources;
  const beside = besideOf(file);
  const readBeside = (path: string) => readFile(beside(path));
  const native = readForm(sources);
  const expansion = native.dialect === null
    ? expandTree(native.tree, { env, readFile: readBeside })
    : expandTree(native.tree, { env, readFile: readBeside }, () => "set it");
  const environment = readEnvironment(env);
  const layers = new Layers(expansion, native.places, environment.settings, sources.flags ?? []);

  const report = new Report(layers, file);
  report.problems.push(...native.problems);
  for (const { path, message } of expansion.failures) {
    if (isSwitchedOff(path, layers, expansion.keyless)) report.leaveOut(path);
    else report.addUnknown(path, message);
  }
  const proxies = readProxies(env);
  for (const variable of badProxies(proxies)) {
    report.addVariable(variable, "expected a URL that starts with http:// or https://");
  }
  for (const variable of emptySecrets(env)) {
    report.addVariable(variable, "is empty; unset it, or give it a key");
  }
  const first = schema.safeParse(layers.tree);
  if (!first.success) report.addIssues(first.error.issues);
  const result = first.success ? first : schema.safeParse(prune(layers.tree, first.error.issues));
  if (!result.success) throw new ConfigError(inOrder(report.problems));

  const aws = readAws(env, async (path) => await (sources.readLater ?? readFile)(path));
  const pem = new PemFiles(readBeside, env, report);
  const resolved = resolveProviders(result.data, expansion.keyless, layers, report, pem, aws);
  const written = { providers: namesAt(layers.tree, "providers"), models: namesAt(layers.tree, "models") };
  const models = resolveModels(result.data, resolved, written, report);
  checkPassThrough(result.data, written, report);
  const routing = resolveRouting(result.data, written.models, readBeside, report);
  checkAccess(result.data, report);
  checkPii(result.data, written.models, report);
  checkJailbreak(result.data, written.models, report);
  checkPrices(result.data, report);
  const { observability, computed, warnings } = resolveObservability(result.data, layers, report, pem);
  const shared = resolveSharedStores(result.data, report, pem);
  const { conversations, computed: kept } = resolveConversations(
    result.data.conversations,
    file,
    shared,
    report,
  );
  const { requests, computed: recorded } = resolveRequests(result.data, file, shared, report);
  const workers = resolveWorkers(result.data.server, conversations, sources.processors ?? 1, report);
  const tls = resolveServerTls(result.data.server, pem, beside, report);
  checkMemory(result.data.server, workers, report);
  const backends = resolveBackends(result.data, shared.redis, report, pem);
  const { cache, computed: cached } = resolveCache(
    result.data,
    { file, written: written.models, shared },
    report,
    pem,
  );
  const { limits, spend, computed: counted } = resolveLimits(
    result.data,
    { file, written: written.models, shared, ca: pem.authorities },
    report,
  );
  const passThrough = resolvePassThrough(result.data, file, shared, report);
  checkListeners(result.data, report);
  const virtual = resolveKeys(result.data, file, shared, report);
  if (report.problems.length > 0) throw new ConfigError(inOrder(report.problems));
  const { server, warning } = limitConnections(result.data.server, sources.openFiles, workers);
  // A default is lowered without a word.
  const lowered = warning === null || layers.originOf(MAX_CONNECTIONS).from === "default" ? [] : [warning];
  const effective = () => {
    const connections = [formatPath(MAX_CONNECTIONS), server.max_connections] as const;
    return effectiveKeys(
      layers,
      native.dialect === null ? file : `default of ${native.dialect.title}`,
      new Map([
        ...computed,
        ...kept,
        ...cached,
        ...counted,
        ...recorded,
        ...effectiveTimeouts(result.data),
        connections,
      ]),
    );
  };
  return {
    config: {
      ...result.data,
      server: { ...server, workers, tls },
      auth: { ...result.data.auth, keys: clientKeys(result.data) },
      ...resolved,
      ...routing,
      models,
      observability,
      ...shared,
      backends,
      conversations,
      requests,
      keys: virtual,
      admin: { address: listenAddressOf(result.data.admin.listen, result.data.server.host) },
      cache,
      limits,
      spend,
      pass_through: passThrough,
      proxies,
      aws,
      liveSecrets: new LiveSecrets(
        expansion.fromFiles,
        result.data,
        env,
        async (path) => await (sources.readLater ?? readFile)(beside(path)),
      ),
      file,
      effective,
      warnings: [
        ...native.notes.flatMap(({ lost, text }) => lost ? [text] : []),
        ...environment.warnings,
        ...warnings,
        ...lowered,
        ...spendWarnings({ ...result.data, limits, spend, keys: virtual }, workers),
      ],
    },
    dialect: native.dialect?.title ?? null,
    remarks: native.notes.flatMap(({ lost, text }) => lost ? [] : [text]),
    effective,
  };
}

/**
 * The file alone in the gateway's own words, and not looked at any further: variables that it names need not be set.
 * @throws {ConfigError} where it cannot be read, or is wrong in its own dialect.
 */
export function readNativeForm(sources: ConfigSources): NativeForm {
  const native = readForm(sources);
  if (native.problems.length > 0) throw new ConfigError(inOrder(native.problems));
  return native;
}

function readForm({ path: file, text, readFile, env, dialects = [] }: ConfigSources): NativeForm {
  const document = parseYaml(text ?? readText(file, readFile), file);
  if (document.tree === null) throw new ConfigError(document.problems);
  const beside = besideOf(file);
  const context = { env, readFile: (path: string) => readFile(beside(path)) };
  return nativeForm(document, document.tree, file, context, dialects);
}

const MAX_CONNECTIONS = ["server", "max_connections"];

/** Paths in the file are relative to it. */
function besideOf(file: string): (path: string) => string {
  return (path) => isAbsolute(path) ? path : join(dirname(file), path);
}

function readText(file: string, readFile: (path: string) => string): string {
  try {
    return readFile(file);
  } catch (error) {
    const reason = error instanceof Error ? REASONS[error.name] ?? error.name : "unknown error";
    throw new ConfigError([{ source: file, line: null, path: [], message: `cannot be read: ${reason}` }]);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  NotFound: "there is no such file",
  PermissionDenied: "permission denied",
  NotCapable: "permission denied",
  IsADirectory: "it is a directory",
};

/** A provider that is not used may name variables that are not set. */
function isSwitchedOff(path: Path, layers: Layers, keyless: ReadonlyMap<string, Blank>): boolean {
  const [section, name] = path;
  if (section !== "providers" || typeof name !== "string") return false;
  const value = (key: string) => valueAt(layers.tree, [section, name, key]);
  if (String(value("enabled")) === "false") return true;
  return missingVariable(value("type"), value("base_url"), keyless.get(name)) !== null;
}

function namesAt(tree: unknown, section: string): readonly string[] {
  const value = valueAt(tree, [section]);
  return isMapping(value) ? Object.keys(value) : [];
}

/** By line; what has none comes last, in the order in which it was found. */
function inOrder(problems: readonly Problem[]): Problem[] {
  return problems.toSorted((a, b) => (a.line ?? Infinity) - (b.line ?? Infinity) || 0);
}
