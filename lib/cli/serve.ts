import { systemClock } from "../clock.ts";
import type { RunningGateway } from "../gateway.ts";
import { PostgresOpenError } from "../stores/postgres/postgres_open_error.ts";
import { SqliteOpenError } from "../stores/sqlite/sqlite_open_error.ts";
import { VERSION } from "../version.ts";
import { listenFailure, localUrl } from "./address.ts";
import { banner } from "./banner.ts";
import { type Command, CONFIG_FLAG, type Flags, HOST_FLAG, LOG_LEVEL_FLAG, PORT_FLAG } from "./command.ts";
import { watchFile } from "./file_watch.ts";
import { watchTls } from "./watch_tls.ts";
import { configPath, configReader, printProblems } from "./settings.ts";
import { dropPermissions } from "./permissions.ts";
import { stopOnSignal } from "./stop_on_signal.ts";
import type { System } from "./system.ts";

export const serve: Command = {
  name: "serve",
  summary: "Serve requests (what is done where no command is named)",
  about: "Serves until SIGTERM or SIGINT, which lets open requests end; a second one ends it at once.\n" +
    "SIGHUP, or a change of the file, has the configuration read anew; one that is not good changes nothing.\n" +
    "With server.workers several processes serve; SIGUSR2 replaces them one after the other.\n" +
    "A flag beats the environment, which beats the file. Where the configuration is not good, it says why and\n" +
    "exits 2 before anything listens.",
  flags: [CONFIG_FLAG, HOST_FLAG, PORT_FLAG, LOG_LEVEL_FLAG],
  examples: ["gateway", "gateway -config /etc/gateway.yaml", "gateway serve --port 9000 --log-level DEBUG"],
  async run(flags, system) {
    const reader = await configReader(flags, system);
    const text = reader.text();
    const loaded = await printProblems({ ...reader, read: () => reader.read(text) }, flags, system);
    if (loaded === null) return 2;
    const { config } = loaded;
    if (config.server.workers > 1) {
      const { supervise } = await import("./supervise.ts");
      return await supervise(config, text ?? "", reader, flags, system);
    }
    const { startGateway } = await import("../gateway.ts");
    let gateway: RunningGateway | null = null;
    // Before anything is told: a SIGHUP that nobody handles ends the process.
    const releaseHangup = system.onHangup(() => {
      gateway?.reopenLog();
      gateway?.reload();
    });
    try {
      gateway = await startGateway(config, {
        version: VERSION,
        writer: Deno.stdout,
        terminal: system.terminal,
        readConfig: async () => (await reader.read()).config,
        parseConfig: async (text) => (await reader.read(text)).config,
      });
    } catch (error) {
      releaseHangup();
      if (error instanceof PostgresOpenError) {
        system.err(`${configPath(flags, system)}: postgres.url: ${error.message}`);
        return 2;
      }
      if (error instanceof SqliteOpenError) {
        const key = error.path === config.cache.path ? "cache.path" : "conversations.path";
        system.err(`${configPath(flags, system)}: ${key}: ${error.message}`);
        return 2;
      }
      system.err(`gateway: ${listenFailure(error, config.server.host, config.server.port)}`);
      return 1;
    }
    const started = gateway;
    await dropPermissions(config, false);
    const releases = [
      releaseHangup,
      stopOnSignal(system, () => started.shutdown()),
      watchTls(config.server.tls, system, () => started.reload()),
      ...(config.server.watch_config ? [watchConfig(flags, system, () => started.reload())] : []),
    ];
    if (system.terminal) {
      const { port, protocol } = new URL(gateway.url);
      const scheme = protocol === "https:" ? "https" : "http";
      const url = localUrl(config.server.host, Number(port || (scheme === "https" ? 443 : 80)), scheme);
      for (const line of banner(config, VERSION, url, configPath(flags, system))) system.out(line);
    }
    await gateway.finished;
    for (const release of releases) release();
    return 0;
  },
};

function watchConfig(flags: Flags, system: System, changed: () => void): () => void {
  return watchFile(configPath(flags, system), (path) => system.readLater(path), systemClock, changed);
}
