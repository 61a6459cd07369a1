import { shareOf } from "../config/worker_share.ts";
import type { Config } from "../config/config.ts";
import type { PreparedConfig, RunningGateway } from "../gateway.ts";
import { problemsOf } from "../assembly/reloads.ts";
import { PostgresOpenError } from "../stores/postgres/postgres_open_error.ts";
import { SqliteOpenError } from "../stores/sqlite/sqlite_open_error.ts";
import type { Together } from "../assembly/together.ts";
import { VERSION } from "../version.ts";
import { joinSupervisor, readHello, type SupervisorChannel } from "../workers/place.ts";
import type { KeptMethod } from "../console/workers_store.ts";
import type { AdminQuestion, Hello, WorkerMethods } from "../workers/protocol.ts";
import { listenFailure } from "./address.ts";
import { type Command, CONFIG_FLAG, HOST_FLAG, LOG_LEVEL_FLAG, PORT_FLAG } from "./command.ts";
import { dropPermissions } from "./permissions.ts";
import { configPath, configReader, printProblems } from "./settings.ts";

/** Time for the others to be asked. */
const ASK_MS = 1_000;
/** The supervisor's time for it, and a moment. */
const LOOK_UP_MS = 6_000;
const RELOAD_MS = 60_000;
/** Time for what it has counted last to arrive: whoever takes it may be busy. */
const LAST_MS = 5_000;
/** Of a worker that lost its supervisor. */
const ORPHANED = 1;

export const worker: Command = {
  name: "worker",
  hidden: true,
  summary: "One of several processes that serve (started by serve, with server.workers)",
  about: "Serves as one of several processes, for as long as the supervisor lives that started it.",
  flags: [CONFIG_FLAG, HOST_FLAG, PORT_FLAG, LOG_LEVEL_FLAG],
  examples: ["gateway serve --config /etc/gateway.yaml"],
  async run(flags, system) {
    const orphaned = () => system.exit(ORPHANED);
    // The supervisor says when to end; what a whole group of processes is sent must not count twice.
    let gateway: RunningGateway | null = null;
    const stop = (replaced = false): void => {
      // Nobody has it to do with yet.
      if (gateway === null) return system.exit(0);
      gateway.shutdown(replaced);
    };
    const releases = [system.onHangup(() => {}), system.onStop(() => stop())];
    const hello = await readHello(Deno.stdin.readable, orphaned);
    const reader = await configReader(flags, system);
    const loaded = await printProblems({ read: () => reader.read(hello.text) }, flags, system);
    if (loaded === null) return 2;
    const configOf = (config: Config) => placed(config, hello);
    const state = { crashLoop: false };
    const { methods, attach } = answers(
      state,
      async (text) => configOf((await reader.read(text)).config),
      stop,
    );
    const channel = await joinSupervisor(hello, methods, orphaned);
    const { startGateway } = await import("../gateway.ts");
    try {
      gateway = await startGateway(configOf(loaded.config), {
        version: VERSION,
        writer: Deno.stdout,
        terminal: hello.terminal,
        together: togetherWith(channel, hello, state),
        parseConfig: async (text) => configOf((await reader.read(text)).config),
      });
    } catch (error) {
      if (error instanceof PostgresOpenError) {
        system.err(`${configPath(flags, system)}: postgres.url: ${error.message}`);
        return 2;
      }
      if (error instanceof SqliteOpenError) {
        system.err(`${configPath(flags, system)}: conversations.path: ${error.message}`);
        return 2;
      }
      const { host } = loaded.config.server;
      system.err(`gateway: worker ${hello.number}: ${listenFailure(error, host, hello.port)}`);
      return 1;
    }
    attach(gateway);
    await dropPermissions(loaded.config, false);
    await channel.ask("ready", { url: gateway.url, models: gateway.models }, ASK_MS);
    await gateway.finished;
    await channel.ask("ended", gateway.takeSnapshot(), LAST_MS).catch(() => {});
    for (const release of releases) release();
    return 0;
  },
};

/** Its share of what all may have, at the place where all listen. */
function placed(config: Config, { workers, number, port, metricsPort }: Hello): Config {
  const shared = shareOf(config, workers);
  const { metrics, resource } = shared.observability;
  const { address } = metrics;
  const id = resource["service.instance.id"];
  return {
    ...shared,
    server: { ...shared.server, port },
    observability: {
      ...shared.observability,
      // One that is configured would name them all alike.
      resource: id === undefined ? resource : { ...resource, "service.instance.id": `${id}-${number}` },
      metrics: {
        ...metrics,
        address: address === null || metricsPort === null ? address : { ...address, port: metricsPort },
      },
    },
  };
}

function togetherWith(channel: SupervisorChannel, hello: Hello, state: { crashLoop: boolean }): Together {
  const showAll = <View>(question: AdminQuestion, ms = ASK_MS) =>
    channel.ask("showAll", question, ms) as Promise<readonly { worker: number; answer: View | null }[]>;
  return {
    worker: { number: hello.number, workers: hello.workers },
    speaks: hello.speaks,
    checks: { workers: () => !state.crashLoop },
    gather: (own) => channel.ask("gather", own, ASK_MS),
    grown: (bytes) => channel.tell("grown", bytes),
    reload: () => channel.ask("reload", null, RELOAD_MS),
    openRequests: (limit) => showAll({ about: "requests", limit }),
    telemetry: () => showAll({ about: "telemetry" }),
    processes: () => showAll({ about: "process" }),
    limits: () => showAll({ about: "limits" }, LOOK_UP_MS),
    kept: async (method, args) => {
      const all = await showAll<{ readonly value: unknown }>({ about: "kept", method, args }, LOOK_UP_MS);
      return all.toSorted((a, b) => a.worker - b.worker);
    },
  };
}

/** What the supervisor may ask, once there is a gateway. */
function answers(
  state: { crashLoop: boolean },
  read: (text: string) => Promise<Config>,
  stop: (replaced: boolean) => void,
): { methods: WorkerMethods; attach(gateway: RunningGateway): void } {
  let gateway: RunningGateway | null = null;
  let prepared: PreparedConfig | null = null;
  const running = () => {
    if (gateway === null) throw new Error("It does not serve yet");
    return gateway;
  };
  const methods: WorkerMethods = {
    snapshot: () => running().takeSnapshot(),
    async prepare(text) {
      try {
        prepared = await running().prepare(await read(text));
        return [];
      } catch (error) {
        return problemsOf(error);
      }
    },
    commit() {
      prepared?.commit();
      prepared = null;
      return null;
    },
    async abort() {
      await prepared?.abort();
      prepared = null;
      return null;
    },
    drain({ replaced }) {
      stop(replaced);
      return null;
    },
    health({ crashLoop }) {
      state.crashLoop = crashLoop;
      return null;
    },
    reopenLog() {
      running().reopenLog();
      return null;
    },
    show(question) {
      const { views } = running();
      switch (question.about) {
        case "requests":
          return views.openRequests(question.limit);
        case "telemetry":
          return views.telemetry();
        case "process":
          return views.process();
        case "limits":
          return views.limits();
        case "kept":
          return views.kept(question.method as KeptMethod, question.args);
      }
    },
  };
  return { methods, attach: (running) => gateway = running };
}
