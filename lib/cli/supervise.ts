import { systemClock } from "../clock.ts";
import type { Config } from "../config/config.ts";
import { Reloads } from "../assembly/reloads.ts";
import { withKept } from "../assembly/restart_only.ts";
import { createTelemetry, type TelemetryOptions } from "../telemetry/telemetry.ts";
import { telemetryOptions } from "../assembly/telemetry_options.ts";
import { VERSION } from "../version.ts";
import { LineOutput } from "../workers/line_output.ts";
import { StartFailure, Supervisor } from "../workers/supervisor.ts";
import { listenFailure, localUrl } from "./address.ts";
import { banner } from "./banner.ts";
import type { Flags } from "./command.ts";
import { watchFile } from "./file_watch.ts";
import { watchTls } from "./watch_tls.ts";
import { dropPermissions } from "./permissions.ts";
import { configPath, type ConfigReader } from "./settings.ts";
import { stopOnSignal } from "./stop_on_signal.ts";
import type { System } from "./system.ts";

/** Time that a worker may take to end besides what the configuration gives it. */
const LAST_MS = 10_000;

/** Serves with several processes: starts them, keeps them, and ends when they have. @returns the exit code. */
export async function supervise(
  first: Config,
  text: string,
  reader: ConfigReader,
  flags: Flags,
  system: System,
): Promise<number> {
  const path = configPath(flags, system);
  const output = new LineOutput(Deno.stdout);
  const optionsOf = (config: Config): TelemetryOptions => ({
    ...telemetryOptions(config, {
      version: VERSION,
      writer: output,
      terminal: system.terminal,
      clock: systemClock,
    }),
    // It serves nobody.
    tracing: null,
    metricsPush: undefined,
  });
  const telemetry = createTelemetry(optionsOf(first));
  const { logger } = telemetry;
  const { server, observability } = first;
  let ports;
  try {
    const { address } = observability.metrics;
    ports = {
      port: freePort(server.host, server.port),
      metricsPort: address === null ? null : freePort(address.host, address.port),
    };
  } catch (error) {
    system.err(`gateway: ${listenFailure(error, server.host, server.port)}`);
    return 1;
  }
  if (observability.metrics.sharedDirectory !== null) {
    logger.warn(
      "workers show their metrics together without PROMETHEUS_MULTIPROC_DIR: the directory is not used",
      { event: "config.warning" },
    );
  }

  let config = first;
  const reloads = new Reloads(telemetry);
  const reload = () =>
    reloads.run(async () => {
      const next = await system.readLater(path);
      const { config: kept, kept: names } = withKept(config, (await reader.read(next)).config);
      const ready = telemetry.prepare(optionsOf(kept), telemetry.sampler);
      const problems = await supervisor.change(next);
      if (problems.length > 0) {
        ready.abort();
        throw new Error(problems.join("\n"));
      }
      config = kept;
      ready.commit();
      return names;
    });
  const supervisor = new Supervisor({
    workers: server.workers,
    command: [...system.self(), "worker", ...written(flags)],
    hello: { ...ports, terminal: system.terminal },
    text,
    clock: systemClock,
    logger,
    output,
    registry: telemetry.registry,
    takeSnapshot: () => telemetry.takeSnapshot(),
    reload,
    grace: server.drain_delay + server.drain_grace + LAST_MS,
  });
  const ended = Promise.withResolvers<void>();
  const stop = async () => {
    logger.info("shutting down", { event: "gateway.stopping" });
    await supervisor.shutdown();
    logger.info("stopped", { event: "gateway.stopped" });
    await telemetry.shutdown();
    ended.resolve();
  };
  const releases = [
    system.onHangup(() => {
      telemetry.reopenLog();
      supervisor.reopenLogs();
      reload();
    }),
    system.onReplace(() => void supervisor.replaceAll()),
    stopOnSignal(system, stop, () => supervisor.kill()),
  ];
  try {
    const { url, models } = await supervisor.start();
    await dropPermissions(config, true);
    const { workers } = server;
    logger.info(`serving on ${url} with ${workers} workers`, {
      event: "gateway.started",
      url,
      version: VERSION,
      models,
      workers,
    });
    if (system.terminal) {
      const shown = localUrl(server.host, ports.port, server.tls === null ? "http" : "https");
      for (const line of banner(config, VERSION, shown, path)) system.out(line);
    }
  } catch (error) {
    // Whatever ended a worker has said so; that a signal ended all of them is no failure.
    if (!(error instanceof StartFailure)) throw error;
    await supervisor.shutdown();
    await telemetry.shutdown();
    return error.code;
  }
  releases.push(watchTls(server.tls, system, () => void reload()));
  if (server.watch_config) {
    releases.push(watchFile(path, (file) => system.readLater(file), systemClock, () => void reload()));
  }
  await ended.promise;
  for (const release of releases) release();
  return 0;
}

/**
 * The port where the workers are to listen. They share it; here it is made sure that nobody else has it, which
 * sharing would hide.
 * @throws where it cannot be listened on.
 */
function freePort(hostname: string, port: number): number {
  using listener = Deno.listen({ hostname, port });
  return listener.addr.port;
}

function written(flags: Flags): string[] {
  return [...flags].flatMap(([name, value]) =>
    value === true ? [`--${name}`] : [value].flat().map((each) => `--${name}=${each}`)
  );
}
