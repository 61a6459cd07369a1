/** The gateway, the provider behind it, and what can be seen of a process from outside. */
import { residentMegabytes } from "../../scripts/bench/cpu.ts";
import { type Program, startProgram } from "../../scripts/bench/program.ts";
import { gatewayCommand, gatewayEnvironment, GatewayProcess } from "../e2e/gateway_process.ts";
import { freePort } from "../free_port.ts";
import { askProvider } from "./provider/counts.ts";
import type { Soak } from "./scenario.ts";
import { CLIENT_KEY, MASTER_KEY } from "./load/request.ts";

/** Starts the provider of tests/soak/provider/. */
export function startProvider(): Promise<Program> {
  const port = freePort();
  const main = new URL("provider/main.ts", import.meta.url).pathname;
  return startProgram({
    command: [Deno.execPath(), "run", "--allow-all", "--no-check", main, String(port)],
    port,
  });
}

export interface SoakConfig {
  /** The provider's port. */
  readonly provider: number;
  /** What clients may ask for → how the provider behaves: `paced/300/1000`. */
  readonly models: Readonly<Record<string, string>>;
  /** Whether it may refuse requests for the event loop's lag in the short form, too. */
  readonly refuses?: boolean;
  /** Seconds that open requests have at the end; 5 where it is left out. */
  readonly grace?: number;
  /** Where it listens; at 127.0.0.1 where it is left out. */
  readonly host?: string;
  /** Keys of `server`, as YAML in braces without them. */
  readonly server?: string;
  /** More sections, as YAML. */
  readonly more?: string;
}

/**
 * A configuration with all that a production's has in the way of a request: a key, limits, metrics, a log. Where the
 * short form runs, the event loop is late for others' sake, and no request is refused for it.
 */
export function soakConfig({ short }: Pick<Soak, "short">, config: SoakConfig): string {
  const { provider, models, refuses = !short, grace = 5, server = "", more = "" } = config;
  const names = Object.keys(models);
  const keys = ["drain_delay: 0s", `drain_grace: ${grace}s`, refuses ? "" : "max_lag: off", server];
  return `
server: { ${keys.filter((it) => it !== "").join(", ")} }
logging: { level: INFO, format: json }
auth: { master_key: ${MASTER_KEY}, keys: [{ name: soak, key: ${CLIENT_KEY} }] }
rate_limit:
  per_address: { requests: 10000000, per: 1m }
  per_key: { requests: 10000000, per: 1m }
providers:
${
    names.map((name) =>
      `  p-${name}: { type: openai_compatible, max_connections: 20000, base_url: "http://127.0.0.1:${provider}/${
        models[name]
      }/v1" }`
    ).join("\n")
  }
models:
${names.map((name) => `  ${name}: p-${name}/soak`).join("\n")}
${more}`;
}

export function startGateway(soak: Pick<Soak, "short">, config: SoakConfig): Promise<GatewayProcess> {
  return GatewayProcess.start({ config: soakConfig(soak, config) });
}

/** One whose log nobody keeps here: of hundreds of thousands of requests it would take more than they do. */
export async function startQuietGateway(
  soak: Pick<Soak, "short" | "folder">,
  config: SoakConfig,
): Promise<Program> {
  const { host = "127.0.0.1" } = config;
  const port = freePort();
  const file = `${soak.folder}/gateway-${port}.yaml`;
  await Deno.writeTextFile(file, soakConfig(soak, config));
  return await startProgram({
    command: [...gatewayCommand(), "serve", "--config", file, "--host", host, "--port", String(port)],
    port,
    env: gatewayEnvironment(),
  });
}

export function portOf(gateway: GatewayProcess): number {
  return Number(new URL(gateway.url).port);
}

/** Processes that a process has started, which for a supervisor are its workers. */
export function childrenOf(pid: number): number[] {
  return Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`).split(" ").filter((it) => it !== "")
    .map(Number);
}

/** Resident memory of a process and its children, mebibytes. */
export function residentMiB(pid: number): number {
  return [pid, ...childrenOf(pid)].reduce((sum, it) => sum + residentMegabytes(it), 0) * 1e6 / 1024 ** 2;
}

/** Files that a process has open. */
export function openFiles(pid: number): number {
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
}

/** The same without connections to the provider, which are kept for the next request. */
export async function ownFiles(pid: number, provider: number): Promise<number> {
  // The one that asks is not the gateway's.
  const { connections } = await askProvider(provider);
  return openFiles(pid) - (connections - 1);
}

/** The samples of a scrape: `name{labels}` → value. */
export async function scrape(port: number): Promise<ReadonlyMap<string, number>> {
  // None of its connections stays, which would count as one of the gateway's files.
  using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  const response = await fetch(`http://127.0.0.1:${port}/metrics`, { client });
  const lines = (await response.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => {
    const space = line.lastIndexOf(" ");
    return [line.slice(0, space), Number(line.slice(space + 1))];
  }));
}

/** The sum over all label sets of a metric. */
export function total(samples: ReadonlyMap<string, number>, name: string, labels = ""): number {
  let sum = 0;
  for (const [key, value] of samples) {
    if ((key === name || key.startsWith(`${name}{`)) && key.includes(labels)) sum += value;
  }
  return sum;
}

/** Resolves when `holds`, or after `ms` with false. */
export async function eventually(holds: () => boolean | Promise<boolean>, ms: number): Promise<boolean> {
  for (const end = performance.now() + ms; performance.now() < end;) {
    if (await holds()) return true;
    await pause(20);
  }
  return false;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
