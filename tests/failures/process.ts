import { type FailureRow, proof, proofOnly } from "./row.ts";

const DELIVERY = "lib/telemetry/exporters/delivery.ts";
const BATCHES = "lib/telemetry/exporters/batch_processor.ts";
const SINK = "lib/telemetry/log_sink.ts";
const GATEWAY = "lib/gateway.ts";
const SUPERVISOR = "lib/workers/supervisor.ts";
const TELEMETRY_RELOAD = "tests/telemetry/reload_test.ts";
const BATCH_TEST = "tests/telemetry/exporters/batch_processor_test.ts";
const OTLP_TEST = "tests/telemetry/exporters/otlp_test.ts";
const SINK_TEST = "tests/telemetry/log_sink_test.ts";
const SHUTDOWN = "tests/e2e/shutdown_test.ts";
const WORKERS = "tests/e2e/workers_test.ts";
const RELOAD = "tests/e2e/reload_test.ts";
const REDIS_NODE = "tests/stores/redis/redis_node_test.ts";
const ALIVE = "tests/e2e/streams_alive_test.ts";
const SERVER_TEST = "tests/server/server_test.ts";
const CLOCK = "tests/assembly/jumping_clock_test.ts";

const BACKEND_DOWN = [
  "tests/e2e/exporter_faults_test.ts",
  "a backend that answers 429, 503, 413 and 400 in turn under load: no request fails, the account closes",
] as const;
const ENDS_WELL = [
  SHUTDOWN,
  "SIGTERM: not ready but serving, then no new connections, streams finish, exit code 0",
] as const;
const GRACE_ENDS = [
  SHUTDOWN,
  "SIGTERM: after the grace an error event for streams, 503 for what was not answered, exit code 0",
] as const;
const REPLACED = [
  WORKERS,
  "replacing the workers under 48 connecting clients: at most 10 resets a replacement",
] as const;
const MAPS = [
  "tests/failures/bounded_collections_test.ts",
  "whatever is kept beyond a request has a bound",
] as const;

const POSTGRES = "lib/stores/postgres/postgres_client.ts";
const POSTGRES_FAULTS = "tests/stores/postgres/postgres_faults_test.ts";
const FROZEN =
  "postgres faults: frozen: no command hangs, three in a row open the breaker, and it recovers by itself";

export const PROCESS: readonly FailureRow[] = [
  {
    when: "Redis or Postgres is down, frozen or slow",
    then: [
      {
        says: "250 ms a command, a breaker, and the stated fallback",
        proofs: [
          proof([POSTGRES_FAULTS, FROZEN], [
            POSTGRES,
            "reject(new Error(`no answer within ${timeout} ms`));",
            "if (timeout > 30_000) reject(new Error(`no answer within ${timeout} ms`));",
          ]),
          proof([POSTGRES_FAULTS, FROZEN], [
            "lib/stores/command_breaker.ts",
            "if (this.#failures < FAILURES && first) return;",
            "return;",
          ]),
          proof([
            "tests/stores/postgres/postgres_client_test.ts",
            "postgres client: the connection of a command that was given up is never used again",
          ], [POSTGRES, "used?.destroy();", ""]),
          proof([
            POSTGRES_FAULTS,
            "postgres faults: not there when the gateway starts: it starts, and makes its tables once it can",
          ], [POSTGRES, "if (!(error instanceof MigrationError) && !isLasting(error)) return;", ""]),
          proof([
            REDIS_NODE,
            "a server that is 5 s slow costs three commands 250 ms, then nobody, and is used again once it is fast",
          ], [
            "lib/stores/command_breaker.ts",
            "if (this.#probing || this.#options.clock.now() < this.#openUntil) throw new Error(this.#failure);",
            "",
          ]),
          proof([
            REDIS_NODE,
            "a server that is 5 s slow costs three commands 250 ms, then nobody, and is used again once it is fast",
          ], [
            "lib/stores/redis/redis_client.ts",
            "return this.#answered(() => inTime(deadlines, timeout, command));",
            "return this.#answered(command);",
          ]),
        ],
      },
      {
        says: "limits per process (counted as degraded) or closed if so configured",
        proofs: [
          proof([
            "tests/stores/redis_limit_store_test.ts",
            "limits while Redis is frozen: each process counts for itself, after 250 ms",
          ], [
            "lib/stores/limits/fallback_limit_store.ts",
            "const shares = rules.map((rule) => this.#shareOf(rule));",
            "const shares = rules;",
          ]),
          proof([
            "tests/stores/redis_limit_store_test.ts",
            "limits while Redis is frozen: all are refused, after 250 ms",
          ], ["lib/stores/limits/fallback_limit_store.ts", "if (closed) {", "if (false as boolean) {"]),
        ],
      },
      {
        says: "cache a miss",
        proofs: [
          proof([
            "tests/stages/cache/cache_lookup_test.ts",
            "a store that fails or does not answer is a miss",
          ], [
            "lib/stages/recorded_stage.ts",
            'if (onFailure === "open") return null;',
            "",
          ]),
        ],
      },
      {
        says: "known keys from the last good copy, unknown ones refused",
        proofs: [
          proof([
            "tests/middleware/key_directory_test.ts",
            "while the store is down known keys go on, and whether others are valid nobody can tell",
          ], [
            "lib/middleware/key_directory.ts",
            "if (known !== undefined && known.key !== null) return known;\n      const message",
            "const message",
          ]),
        ],
      },
      {
        says: "conversation features 503; readiness says so",
        proofs: [
          proof([
            "tests/e2e/conversations_on_disk_test.ts",
            "a lock that another program holds: 503 in time, readiness says so, and all is well once it is gone",
          ], [
            "lib/stores/sqlite/batch.ts",
            "if (!isBusy(error) || this.#now() >= end) throw error;",
            "if (!isBusy(error)) throw error;",
          ]),
        ],
      },
    ],
  },
  {
    when: "the OTLP backend is down, slow, answers 413, 429 or partial success",
    then: [
      {
        says: "bounded queue, drop and count, one warning and one recovery line",
        proofs: [
          proof([
            BATCH_TEST,
            "BatchProcessor drops and counts what does not fit, with one warning and one line of recovery",
          ], [
            BATCHES,
            "if (this.delivery.waiting >= this.#maxQueue) {",
            "if (this.delivery.waiting < 0) {",
          ]),
          proof(
            [BATCH_TEST, "BatchProcessor warns once while the backend is down, and says when it is back"],
            [
              DELIVERY,
              'if (before === "") this.#options.logger.warn',
              "this.#options.logger.warn",
            ],
          ),
        ],
      },
      {
        says: "retry with backoff where OTLP says retryable",
        proofs: [
          proof([OTLP_TEST, "createOtlpExporter() tries again after retryable statuses, backing off"], [
            "lib/telemetry/exporters/otlp_http.ts",
            "new Set([429, 502, 503, 504])",
            "new Set([])",
          ]),
        ],
      },
      {
        says:
          "produced = exported + dropped + queued, exactly (`failed` counts attempts and is not part of the sum)",
        proofs: [
          proof(BACKEND_DOWN, [DELIVERY, "stats.dropped += dropped;", ""]),
          proof([
            "tests/telemetry/exporters/otlp_test.ts",
            "createOtlpExporter() reports a partial success over http/protobuf",
          ], [
            "lib/telemetry/exporters/otlp_http.ts",
            'return { kind: "taken", ...partial };',
            'return { kind: "taken", rejected: 0, message: "" };',
          ]),
        ],
      },
      {
        says: "flush at the end bounded to 5 s",
        proofs: [
          proof([BATCH_TEST, "BatchProcessor.shutdown() gives up in time and counts what is left"], [
            BATCHES,
            "const timer = setTimeout(() => this.delivery.abort(), ms);",
            "const timer = setTimeout(() => {}, ms);",
          ]),
        ],
      },
    ],
  },
  {
    when: "the log file cannot be written, stdout is closed or a full pipe (reader stopped)",
    then: [
      {
        says: "drop and count",
        proofs: [
          proof([SINK_TEST, "LogSink drops and counts, and never waits, when nobody reads"], [
            SINK,
            "if (this.#waiting + bytes.length > this.#maxQueued) {",
            "if (this.#waiting < 0) {",
          ]),
          proof([
            "tests/e2e/log_test.ts",
            "a log file on a full disk: requests go on, lines are counted as dropped, and readiness says why",
          ], [
            SINK,
            "this.stats.dropped += lines;",
            "",
          ]),
        ],
      },
      {
        says: "try again",
        proofs: [
          proof([SINK_TEST, "LogSink counts what a closed pipe loses and tries again with the next line"], [
            SINK,
            "this.#hurry = null;\n    this.#writing = null;",
            'this.#hurry = null;\n    if (this.#trouble === "") this.#writing = null;',
          ]),
        ],
      },
      {
        says: "never throw, never block: p99 unchanged",
        proofs: [
          proof([
            "tests/e2e/stopped_reader_test.ts",
            "standard output into a reader that has stopped: requests go on, lines are dropped and counted",
          ], [
            SINK,
            "const written = await this.#writer.write(from === 0 ? bytes : bytes.subarray(from));",
            "const written = Deno.stdout.writeSync(bytes.subarray(from));",
          ]),
          proof([
            "tests/e2e/stopped_reader_test.ts",
            "a reader that is stopped under load slows no request, and hears what it missed when it goes on",
          ], [
            SINK,
            "this.#recovered();\n      } else",
            "} else",
          ]),
        ],
      },
    ],
  },
  {
    when: "SIGTERM",
    then: [
      {
        says: "readiness 503, keep accepting for `server.drain_delay` (5 s) with `connection: close`",
        proofs: [
          proof(ENDS_WELL, [GATEWAY, "draining: () => this.#ending !== null,", "draining: () => false,"]),
          proof(ENDS_WELL, [
            GATEWAY,
            "await Promise.race([delayed.over, server.finished]);\n    server.stopAccepting();",
            "server.stopAccepting();",
          ]),
          proof([SERVER_TEST, "serve() closes a connection after its answer while draining"], [
            "lib/server/engines/connection_engine.ts",
            "return this.#draining || this.#room !== null;",
            "return this.#room !== null;",
          ]),
        ],
      },
      {
        says: "stop accepting, let requests end until the grace ends",
        proofs: [
          proof(ENDS_WELL, [GATEWAY, "await Promise.race([grace.over, served]);", ""]),
          proof([SERVER_TEST, "serve() [connection] lets requests end after it stopped accepting"], [
            "lib/server/engines/connection_engine.ts",
            "for (const connection of this.#connections) if (connection.idle) this.#closeIdle(connection);",
            "for (const connection of this.#connections) connection.abort();",
          ]),
        ],
      },
      {
        says: "then an error event and close",
        proofs: [
          proof([
            ALIVE,
            "SIGTERM with streams, workers: 4: accepted and told to close, then the end, then an error event",
          ], [
            SUPERVISOR,
            "for (const worker of this.#workers) worker.drain(false);",
            "for (const worker of this.#workers) worker.drain(true);",
          ]),
          proof([
            ALIVE,
            "SIGTERM with streams, workers: 1: accepted and told to close, then the end, then an error event",
          ], [GATEWAY, "openAnswers.failAll(ending);", ""]),
          proof(GRACE_ENDS, [GATEWAY, "openAnswers.failAll(ending);", ""]),
        ],
      },
      {
        says: "flush; exit 0",
        proofs: [
          proof(ENDS_WELL, [GATEWAY, "await telemetry.shutdown();\n  }", "}"]),
          proof([
            SHUTDOWN,
            "nobody holds up the end: idle clients, clients that do not read, providers that linger",
          ], [
            "lib/server/engines/connection_engine.ts",
            "for (const connection of this.#connections) if (connection.idle) this.#closeIdle(connection);",
            "",
          ]),
          proof(
            ["tests/server/http2_test.ts", "HTTP/2: who idles and answers nothing does not hold up the end"],
            [
              "lib/server/engines/connection.ts",
              "if (this.#ending) this.#forget();",
              "if (this.#ending) return;",
            ],
          ),
        ],
      },
      {
        says: "A second one: now",
        proofs: [
          proof([SHUTDOWN, "a second SIGTERM ends the process at once"], [
            "lib/cli/stop_on_signal.ts",
            "system.exit(SIGNAL_CODES[signal]);",
            "return;",
          ]),
          proofOnly(
            [WORKERS, "a second SIGTERM ends all of them at once"],
            "two defences, each of which is enough: the supervisor kills its workers, and they end with it",
          ),
        ],
      },
    ],
  },
  {
    when: "SIGHUP or a changed file",
    then: [
      {
        says: "the whole new configuration is validated first; a bad one changes nothing",
        proofs: [
          proof([
            RELOAD,
            "a bad configuration changes nothing; all that is wrong with it is logged, and it is counted",
          ], [
            "lib/assembly/reloads.ts",
            'this.#counter("failure").add(1);',
            "",
          ]),
          proof([
            RELOAD,
            "20 good and 20 bad configurations under load, with streams alive: no request fails",
          ], [
            "lib/assembly/reloads.ts",
            "const problems = problemsOf(error);\n      this.#counter",
            "throw error;\n      this.#counter",
          ]),
          proof(["tests/workers/supervisor_test.ts", "Supervisor.change() changes all workers or none"], [
            SUPERVISOR,
            "if (found.length > 0) {",
            "if (found.length < 0) {",
          ]),
          proof([WORKERS, "20 good and 20 bad configurations for all workers under load: no request fails"], [
            SUPERVISOR,
            'await worker.channel?.ask("commit", null, ASK_MS).catch(() => {});\n        worker.text = text;',
            "worker.text = text;",
          ]),
          proof([
            ALIVE,
            "SIGHUP with streams, workers: 4: a bad file changes nothing and is counted, a good one is for all",
          ], [
            SUPERVISOR,
            "const workers = this.#serving();\n      const problems",
            "const workers = this.#serving().slice(1);\n      const problems",
          ]),
          proof([
            ALIVE,
            "SIGHUP with streams, workers: 1: a bad file changes nothing and is counted, a good one is for all",
          ], [
            "lib/assembly/reloads.ts",
            'this.#counter("failure").add(1);',
            "",
          ]),
          proof([RELOAD, "a changed file is read anew by itself; a limit that stays goes on where it was"], [
            "lib/cli/serve.ts",
            "...(config.server.watch_config ? [watchConfig(flags, system, () => started.reload())] : []),",
            "",
          ]),
          proof([TELEMETRY_RELOAD, "an exporter that cannot be made is refused, and nothing has changed"], [
            "lib/telemetry/telemetry.ts",
            "throw new Error(reason);",
            "",
          ]),
          proof([
            TELEMETRY_RELOAD,
            "another exporter: what waits goes to the one before, what comes to the next, in one account",
          ], [
            "lib/telemetry/outlets.ts",
            "outlet.shutdown(FLUSH_MS)",
            "outlet.shutdown(0)",
          ]),
        ],
      },
      {
        says: "requests in flight keep the one they began with",
        proofs: [
          proofOnly(
            [RELOAD, "SIGHUP: new requests see the new configuration, those under way end with their own"],
            "two defences, each of which is enough: a configuration's providers are closed when its last request has ended, and one that is closed lets its requests end",
          ),
          proof([
            "tests/providers/http_client_test.ts",
            "close() lets running requests end and keeps no connection",
          ], [
            "lib/providers/http_client.ts",
            "if (this.#closed !== null && this.#queue.taken === 0) this.#closed();",
            "this.#closed?.();",
          ]),
        ],
      },
    ],
  },
  {
    when: "kill -9 while writing",
    then: [
      {
        says: "nothing acknowledged is lost; ready within 2 s",
        proofs: [
          proof([
            "tests/e2e/conversations_on_disk_test.ts",
            "kill -9 under load loses nothing that was acknowledged, and the next one is ready within 2 s",
          ], [
            "lib/stores/sqlite/batch.ts",
            'this.#database.exec("COMMIT");\n      return outcomes;',
            'setTimeout(() => this.#database.exec("COMMIT"), 20);\n      return outcomes;',
          ]),
        ],
      },
    ],
  },
  {
    when: "a worker dies or is replaced",
    then: [
      {
        says: "accepted requests of others: 0 lost",
        proofs: [
          proof([
            WORKERS,
            "kill -9 of a worker under load: the others lose nothing, and no counter goes back",
          ], [
            SUPERVISOR,
            "this.#aggregation.retire(worker.last);",
            "",
          ]),
          proof(REPLACED, ["lib/workers/supervisor.ts", "before?.drain(true);", 'before?.kill("SIGKILL");']),
          proof([
            "tests/server/http2_test.ts",
            "HTTP/2: a draining server says goodbye when none of its client's requests is likely to cross that",
          ], [
            "lib/server/engines/connection_engine.ts",
            "(connection.ending || connection.peak === 1)",
            "(connection.ending || connection.peak > 0)",
          ]),
          proof([
            "tests/workers/supervisor_test.ts",
            "Supervisor: what a worker counted last stays, though an earlier count is read after it",
          ], [
            "lib/workers/worker_process.ts",
            "if (!this.#isLast) this.#last = snapshot;",
            "this.#last = snapshot;",
          ]),
          proof([
            "tests/workers/worker_process_test.ts",
            "WorkerProcess ends when all that it said is read, and not when its process is gone",
          ], [
            "lib/workers/worker_process.ts",
            "await this.#channel?.closed;",
            "",
          ]),
        ],
      },
      {
        says: "at most 10 connections not yet accepted are reset a replacement at 48 connecting clients",
        proofs: [
          proof(REPLACED, [
            GATEWAY,
            "if (replaced) await server.stopListening();",
            "if (replaced) server.stopAccepting();",
          ]),
        ],
      },
      {
        says: "workers end within 1 s of their supervisor",
        proofs: [
          proof([WORKERS, "workers end within a second of their supervisor"], [
            "lib/cli/worker.ts",
            "const orphaned = () => system.exit(ORPHANED);",
            "const orphaned = () => {};",
          ]),
        ],
      },
      {
        says: "the others serve; respawn with backoff",
        proofs: [
          proof([
            "tests/workers/restart_policy_test.ts",
            "RestartPolicy waits longer for each early death, up to ten seconds, and calls three a loop",
          ], [
            "lib/workers/restart_policy.ts",
            "FIRST_DELAY_MS * 2 ** (this.#early - 1)",
            "FIRST_DELAY_MS",
          ]),
          proof([
            "tests/workers/supervisor_test.ts",
            "Supervisor kills a worker that answers nothing, and another takes its place",
          ], [
            SUPERVISOR,
            'worker.kill("SIGKILL");\n    }',
            "}",
          ]),
        ],
      },
      {
        says: "a crash loop turns readiness off",
        proofs: [
          proof([WORKERS, "a crash loop turns readiness off, until workers live again"], [
            SUPERVISOR,
            'for (const worker of this.#workers) worker.channel?.tell("health", { crashLoop });',
            "",
          ]),
        ],
      },
    ],
  },
  {
    when: "the clock jumps",
    then: [
      {
        says: "durations and windows are monotonic",
        proofs: [
          proof([CLOCK, "the clock jumps: durations in log and metrics are what passed"], [
            "lib/telemetry/recorder.ts",
            "new Exchange(this.#clock.now(), this.#clock.wall(), this)",
            "new Exchange(this.#clock.wall(), this.#clock.wall(), this)",
          ]),
          proof([CLOCK, "the clock jumps: a stream's time-out comes in its time"], [
            "lib/deadlines.ts",
            "const now = this.#clock.now();",
            "const now = this.#clock.wall();",
          ]),
          proof([CLOCK, "the clock jumps: a breaker's penalty passes, and not before its time"], [
            "lib/stages/backends/breaker.ts",
            "this.#opensUntil = this.#clock.now() + delay",
            "this.#opensUntil = this.#clock.wall() + delay",
          ]),
          proof([
            CLOCK,
            "the clock jumps: a limit lets through what it says, and an answer that is kept stays kept",
          ], [
            "lib/middleware/request_limiter.ts",
            "const now = this.#clock.now();",
            "const now = this.#clock.wall();",
          ]),
          proof([
            CLOCK,
            "the clock jumps: a limit lets through what it says, and an answer that is kept stays kept",
          ], [
            "lib/stores/memory_cache_store.ts",
            "if (kept.until <= this.#limits.clock.now())",
            "if (kept.until <= this.#limits.clock.wall())",
          ]),
        ],
        but:
          "what several processes share (leases of runs, what a store on disk keeps) goes by the time of day, for they have no other in common",
      },
    ],
  },
  {
    when: "memory grows",
    then: [
      {
        says: "every map is bounded",
        proofs: [proofOnly(MAPS, "the test lists each with its bound, and fails for one that is not listed")],
      },
      {
        says: "above the limit the gateway sheds, then a worker is replaced",
        proofs: [
          proof([
            "tests/e2e/overload_test.ts",
            "more memory than allowed: new requests get 503 at once, those under way go on, and it ends",
          ], ["lib/middleware/overload.ts", "this.memory = !this.memory;", ""]),
          proof([
            "tests/middleware/overload_test.ts",
            "Overload says that memory has grown when it is too much for long without a break",
          ], [
            "lib/middleware/overload.ts",
            "if (this.#looks % this.#grownLooks === 0) onGrown(value);",
            "",
          ]),
          proof([
            "tests/workers/supervisor_test.ts",
            "Supervisor replaces a worker that has grown, once, and no other",
          ], [
            SUPERVISOR,
            "await this.#replace(place);\n    });\n    this.#grown",
            "});\n    this.#grown",
          ]),
          proof([
            WORKERS,
            "a worker that stays above its memory's limit is replaced: the others serve, and what it had goes on",
          ], [
            "lib/assembly/overload.ts",
            "onGrown: (bytes) => together?.grown(bytes),",
            "onGrown: () => {},",
          ]),
        ],
      },
    ],
  },
];
