import { localUrl } from "./address.ts";
import { type Command, CONFIG_FLAG, HOST_FLAG, PORT_FLAG } from "./command.ts";
import { loadSettings } from "./settings.ts";

const TIMEOUT_MS = 3000;

export const healthcheck: Command = {
  name: "healthcheck",
  summary: "Ask a running gateway whether it is alive",
  about:
    "Asks the gateway at the configured address whether it is alive, as a container's probe does where there is\n" +
    "no shell and no curl. Exits 0 where it is and 1 where it is not.",
  flags: [
    CONFIG_FLAG,
    { ...HOST_FLAG, about: "address that it listens on" },
    { ...PORT_FLAG, about: "port that it listens on" },
  ],
  examples: ["gateway healthcheck", "gateway healthcheck --port 9000"],
  async run(flags, system) {
    const loaded = await loadSettings(flags, system);
    if (loaded === null) return 1;
    const { host, port } = loaded.config.server;
    const url = `${localUrl(host, port)}/livez`;
    try {
      const response = await system.fetch(url, {
        signal: AbortSignal.timeout(TIMEOUT_MS),
        redirect: "manual",
      });
      await response.body?.cancel();
      // Where health asks for a key, being asked for it is a sign of life.
      if (response.ok || response.status === 401) return 0;
      system.err(`gateway: ${url} answered ${response.status}`);
    } catch (error) {
      system.err(
        `gateway: ${url} does not answer: ${error instanceof Error ? error.message : "unknown error"}`,
      );
    }
    return 1;
  },
};
