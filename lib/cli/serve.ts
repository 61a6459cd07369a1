import { SqliteOpenError } from "../stores/sqlite/sqlite_open_error.ts";
import { VERSION } from "../version.ts";
import { listenFailure, localUrl } from "./address.ts";
import { banner } from "./banner.ts";
import { type Command, CONFIG_FLAG, HOST_FLAG, LOG_LEVEL_FLAG, PORT_FLAG } from "./command.ts";
import { configPath, loadSettings } from "./settings.ts";
import type { System } from "./system.ts";

/** Exit codes of a process that a signal ended. */
const SIGNAL_CODES = { SIGTERM: 143, SIGINT: 130 } as const;

export const serve: Command = {
  name: "serve",
  summary: "Serve requests (what is done where no command is named)",
  about: "Serves until SIGTERM or SIGINT, which lets open requests end; a second one ends it at once.\n" +
    "A flag beats the environment, which beats the file. Where the configuration is not good, it says why and\n" +
    "exits 2 before anything listens.",
  flags: [CONFIG_FLAG, HOST_FLAG, PORT_FLAG, LOG_LEVEL_FLAG],
  examples: ["gateway", "gateway -config /etc/gateway.yaml", "gateway serve --port 9000 --log-level DEBUG"],
  async run(flags, system) {
    const loaded = await loadSettings(flags, system);
    if (loaded === null) return 2;
    const { config } = loaded;
    const { startGateway } = await import("../gateway.ts");
    let gateway;
    try {
      gateway = await startGateway(config, {
        version: VERSION,
        writer: Deno.stdout,
        terminal: system.terminal,
      });
    } catch (error) {
      if (error instanceof SqliteOpenError) {
        system.err(`${configPath(flags, system)}: conversations.path: ${error.message}`);
        return 2;
      }
      system.err(`gateway: ${listenFailure(error, config.server.host, config.server.port)}`);
      return 1;
    }
    const releases = [
      stopOnSignal(system, () => gateway.shutdown()),
      system.onHangup(() => gateway.reopenLog()),
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
