import { systemClock } from "../clock.ts";
import type { RunningGateway } from "../gateway.ts";
import { SqliteOpenError } from "../stores/sqlite/sqlite_open_error.ts";
import { VERSION } from "../version.ts";
import { listenFailure, localUrl } from "./address.ts";
import { banner } from "./banner.ts";
import { type Command, CONFIG_FLAG, type Flags, HOST_FLAG, LOG_LEVEL_FLAG, PORT_FLAG } from "./command.ts";
import { watchFile } from "./file_watch.ts";
import { configPath, configReader, printProblems } from "./settings.ts";
import type { System } from "./system.ts";

/** Exit codes of a process that a signal ended. */
const SIGNAL_CODES = { SIGTERM: 143, SIGINT: 130 } as const;

export const serve: Command = {
  name: "serve",
  summary: "Serve requests (what is done where no command is named)",
  about: "Serves until SIGTERM or SIGINT, which lets open requests end; a second one ends it at once.\n" +
    "SIGHUP, or a change of the file, has the configuration read anew; one that is not good changes nothing.\n" +
    "A flag beats the environment, which beats the file. Where the configuration is not good, it says why and\n" +
    "exits 2 before anything listens.",
  flags: [CONFIG_FLAG, HOST_FLAG, PORT_FLAG, LOG_LEVEL_FLAG],
  examples: ["gateway", "gateway -config /etc/gateway.yaml", "gateway serve --port 9000 --log-level DEBUG"],
  async run(flags, system) {
    const reader = await configReader(flags, system);
    const loaded = await printProblems(reader, flags, system);
    if (loaded === null) return 2;
    const { config } = loaded;
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
        readConfig: () => reader.read().config,
      });
    } catch (error) {
      releaseHangup();
      if (error instanceof SqliteOpenError) {
        system.err(`${configPath(flags, system)}: conversations.path: ${error.message}`);
        return 2;
      }
      system.err(`gateway: ${listenFailure(error, config.server.host, config.server.port)}`);
      return 1;
    }
    const started = gateway;
    const releases = [
      releaseHangup,
      stopOnSignal(system, () => started.shutdown()),
      ...(config.server.watch_config ? [watchConfig(flags, system, () => started.reload())] : []),
    ];
    if (system.terminal) {
      const url = localUrl(config.server.host, Number(new URL(gateway.url).port || 80));
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

/** The first signal drains, the second ends the process. */
function stopOnSignal(system: System, shutdown: () => Promise<void>): () => void {
  let stopping = false;
  return system.onStop((signal) => {
    if (stopping) system.exit(SIGNAL_CODES[signal]);
    stopping = true;
    if (system.terminal) system.out("Open requests may end; once more ends them now.");
    shutdown();
  });
}
