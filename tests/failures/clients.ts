import { type FailureRow, proof, proofOnly } from "./row.ts";

const ENGINE = "lib/server/engines/connection_engine.ts";
const TARGET = "lib/server/request_target.ts";
const READ_BODY = "lib/endpoints/read_body.ts";
const WALKER = "lib/wire/json_walker.ts";
const HOSTILE = "tests/e2e/hostile_clients_test.ts";
const SERVER_TEST = "tests/server/server_test.ts";
const PIPELINE_TEST = "tests/server/pipeline_test.ts";
const HTTP2_TEST = "tests/server/http2_test.ts";
const SCANNER_TEST = "tests/wire/json_scanner_test.ts";

const SLOW = [
  HOSTILE,
  "slow headers, a slow body and idling: 408 or closed in their time, which is ten seconds unless configured",
] as const;
const TWO_MEANINGS = [
  HOSTILE,
  "bodies that mean two things or nothing: 400 with the place, in the client's dialect",
] as const;
const NEVER_CLOSED = [
  ENGINE,
  "() => connection.giveUp());",
  "() => {});",
] as const;
const NO_HOST_CHECK = [TARGET, "if (host !== null) this.#check(host);", ""] as const;

export const CLIENTS: readonly FailureRow[] = [
  {
    when: "slow headers, body or read; idle connection",
    then: [
      {
        says: "408 or closed within 10 s",
        proofs: [
          proof(SLOW, NEVER_CLOSED),
          proof([SERVER_TEST, "serve() closes a connection whose headers do not come"], [
            ENGINE,
            "this.#deadlines.after(limits.headerTimeout || Infinity,",
            "this.#deadlines.after(Infinity,",
          ]),
          proof([PIPELINE_TEST, "a server with a pipeline answers 408 to a client whose body stalls"], [
            READ_BODY,
            "let deadline = deadlines.after(timeout || Infinity, check);",
            "let deadline = deadlines.after(Infinity, check);",
          ]),
          proof([HOSTILE, "a body that trickles is given up: progress is a kilobyte a second"], [
            READ_BODY,
            "if (total >= atLeast) {",
            "if (total > 0) {",
          ]),
          proof([
            HOSTILE,
            "a client that does not read a whole answer holds its connection no longer than one that idles",
          ], NEVER_CLOSED),
        ],
        but:
          "a client that stops reading a stream has `server.write_stall_timeout`, 60 s unless configured, as the row on silence says",
      },
      {
        says: "idle closed",
        proofs: [
          proof([
            SERVER_TEST,
            "serve() closes a connection that idles after an answer, and not before its time",
          ], [
            ENGINE,
            "closing ? LINGER_MS : this.#options.limits.idleTimeout",
            "closing ? LINGER_MS : 0",
          ]),
        ],
      },
      {
        says: "never more than the connection cap",
        proofs: [
          proof([
            SERVER_TEST,
            "serve() serves no more connections than the cap, and the next one when another ends",
          ], [
            ENGINE,
            "while (this.#connections.size >= this.#options.limits.maxConnections && !this.#stopped) {",
            "while (false as boolean) {",
          ]),
          proof([
            HOSTILE,
            "never more connections than the cap: one that idles makes room, and none that waits for an answer",
          ], [ENGINE, "longest.abort();", "return;"]),
          proof(
            [SERVER_TEST, "serve() lets nobody hold a place at the cap who does not read an answer"],
            [ENGINE, "longest.abort();", "longest.closeAfterAnswer();"],
          ),
        ],
      },
    ],
  },
  {
    when: "all file descriptors taken",
    then: [
      {
        says: "the process lives and answers again within 1 s of release",
        proofs: [
          proof([
            HOSTILE,
            "few file descriptors: providers are reached though clients take all connections that there are",
          ], [
            "lib/config/open_files.ts",
            "if (server.max_connections <= most) return",
            "if (most > 0) return",
          ]),
          proof([
            "tests/cli/openable_files_test.ts",
            "openableFiles() finds a limit that it is not allowed to read, and leaves nothing open",
          ], ["lib/cli/openable_files.ts", '"EMFILE" ? files.length', '"EMFILE" ? undefined']),
          proof([
            SERVER_TEST,
            "serve() survives its file descriptors' running out and answers within a second of their release",
          ], [
            "lib/server/engines/accept_loop.ts",
            "failed = performance.now();\n        await this.#pause.wait();",
            "return;",
          ]),
          proof([
            HOSTILE,
            "all file descriptors taken: the gateway lives, and answers within a second of their release",
          ], [
            "lib/server/engines/accept_loop.ts",
            "failed = performance.now();\n        await this.#pause.wait();",
            "return;",
          ]),
        ],
      },
    ],
  },
  {
    when: "body over the limit (by count, whatever Content-Length says)",
    then: [
      {
        says: "413 while reading",
        proofs: [
          proof([PIPELINE_TEST, "a server with a pipeline answers 413 while the body still comes"], [
            READ_BODY,
            "if (total > limit) {",
            "if (total < 0) {",
          ]),
          proof([
            "tests/endpoints/read_body_test.ts",
            "readBody() refuses a declared length beyond the limit",
          ], [
            READ_BODY,
            "if (declared > options.limit)",
            "if (declared < 0)",
          ]),
        ],
      },
    ],
  },
  {
    when: "bad Host, bad path, CONNECT, absolute form",
    then: [
      {
        says: "400",
        proofs: [
          proof(
            [PIPELINE_TEST, "a server with a pipeline refuses hostile targets over the wire"],
            NO_HOST_CHECK,
          ),
          proof([
            "tests/server/request_target_test.ts",
            "TargetReader.read() refuses hosts that would move the path, and those that are malformed",
          ], NO_HOST_CHECK),
          proof([
            "tests/server/request_target_test.ts",
            "TargetReader.read() refuses absolute forms of another host, CONNECT and targets without a path",
          ], [TARGET, "else if (!url.startsWith(host, start)) {", "else if (false as boolean) {"]),
          proof([
            "tests/server/canonical_path_test.ts",
            "canonicalPath() has one form for a path, or none",
          ], [
            "lib/server/canonical_path.ts",
            'segment === "." || segment === ".."',
            'segment === "."',
          ]),
        ],
      },
      {
        says: "with HTTP/2 the authority is checked in Host's place",
        proofs: [
          proof([HTTP2_TEST, "HTTP/2: the authority is checked in Host's place"], [
            TARGET,
            "if (host === null) this.#check(authority);\n    else if",
            "if (host === null) this.#passed = authority;\n    else if",
          ]),
        ],
      },
      {
        says: "limits count streams",
        proofs: [
          proof([
            HTTP2_TEST,
            "HTTP/2: a connection has a bounded number of streams at a time, each a request",
          ], [
            ENGINE,
            "this.#requests++;",
            "",
          ]),
        ],
      },
      {
        says: "rapid reset is bounded",
        proofs: [
          proofOnly(
            [
              HTTP2_TEST,
              "HTTP/2: who opens and resets streams without end is cut off, and the others are served",
            ],
            "the runtime's own bound (h2: 20 streams that were reset before they were accepted), which the test holds it to",
          ),
        ],
      },
    ],
  },
  {
    when: "a load balancer in front",
    then: [
      {
        says: "`server.trusted_proxies` (CIDR): `X-Forwarded-For` / `Forwarded` are believed from there only",
        proofs: [
          proof([HOSTILE, "X-Forwarded-For and Forwarded are believed from trusted proxies alone"], [
            "lib/server/arrival.ts",
            "if (proxies !== null && proxies.trusts(connection.remoteAddress)) {",
            "if (proxies !== null) {",
          ]),
          proof([
            "tests/server/client_address_test.ts",
            "TrustedProxies.clientAddress() believes proxies, and nobody beyond the first stranger",
          ], ["lib/server/client_address.ts", "if (!this.trusts(client)) return client;", ""]),
        ],
      },
    ],
  },
  {
    when:
      "not JSON, not UTF-8, depth over 64, duplicate keys in an object, `__proto__`, lone surrogates, NUL in identifiers",
    then: [
      {
        says: "400 with the place",
        proofs: [
          proof(TWO_MEANINGS, [
            WALKER,
            "if (count <= FEW_KEYS) this.#distinct(keyStart, firstKey);\n      else seen =",
            "if (count > FEW_KEYS) seen =",
          ]),
          proof([SCANNER_TEST, "scanJson() refuses endless nesting"], [
            WALKER,
            "if (depth > this.#maxDepth) {",
            "if (depth > 1e9) {",
          ]),
          proof([SCANNER_TEST, "scanJson() refuses a lone high surrogate"], [
            WALKER,
            'throw this.#refuse("The request body has a lone surrogate in a string", at);',
            "return at + 6;",
          ]),
          proof([SCANNER_TEST, "scanJson() refuses NUL in a model's name"], [
            WALKER,
            "if (this.#nulAt >= 0) this.#checkNul(keyStart, valueStart);",
            "",
          ]),
          proof([SCANNER_TEST, "scanJson() refuses invalid UTF-8"], [
            WALKER,
            "if (!isUtf8(bytes)) {",
            "if (false as boolean) {",
          ]),
          proof(TWO_MEANINGS, [
            WALKER,
            'if (this.#keyAt(start) === "__proto__") throw',
            "if (false as boolean) throw",
          ]),
          proof([
            SCANNER_TEST,
            "scanJson() and JSON.parse agree on what is JSON, for texts with a few characters changed",
          ], [
            WALKER,
            'if (end < bytes.length) throw this.#unexpected(end, "the end of the body");',
            "",
          ]),
        ],
      },
      {
        says: "numbers that JavaScript cannot hold pass through as the bytes they were",
        proofs: [
          proof([HOSTILE, "numbers that JavaScript cannot hold reach the provider as the bytes they were"], [
            "lib/wire/json_scanner.ts",
            "parts.push(bytes.subarray(copied));\n  return joinBytes(parts);",
            "parts.push(bytes.subarray(copied));\n  return encoder.encode(JSON.stringify(JSON.parse(decoder.decode(joinBytes(parts)))));",
          ]),
        ],
      },
    ],
  },
  {
    when: "unknown model",
    then: [
      {
        says: "404 naming the nearest configured ones",
        proofs: [
          proof([HOSTILE, "an unknown model is named with the nearest that there is, and is no label"], [
            "lib/stages/routing_decision.ts",
            "const close = nearest(asked, names);",
            "const close = null;",
          ]),
        ],
      },
      {
        says: "label `other`",
        proofs: [
          proof([
            "tests/telemetry/metrics/registry_test.ts",
            "Registry folds what exceeds a metric's budget into other, and counts it",
          ], [
            "lib/telemetry/metrics/registry.ts",
            "if (fits) return values;",
            "return values;",
          ]),
          proof([PIPELINE_TEST, "createPipeline() counts every refusal like any other answer"], [
            "lib/server/arrival.ts",
            'route: "other",',
            "route: request.url,",
          ]),
        ],
      },
    ],
  },
  {
    when: "a URL of the client's (base URL, image, file)",
    then: [
      {
        says:
          "off by default; allow-list; every address of every resolution checked, connected to by address; no redirects; the provider's key goes to the configured host alone",
        proofs: [],
        but: "the guard of outgoing connections has a page of its own, [security.md](security.md)",
      },
    ],
  },
  {
    when: "a long or hostile prompt against a guardrail",
    then: [
      {
        says: "linear-time matching or a time budget",
        proofs: [
          proof([
            "tests/config/linear_pattern_test.ts",
            "patterns are taken that are quick on any line, others are refused with the reason",
          ], [
            "lib/config/linear_pattern.ts",
            "const MOST_OPEN = 2;",
            "const MOST_OPEN = 200;",
          ]),
          proof(
            ["tests/stages/recorded_stage_test.ts", "recordedStage() does not wait beyond its deadline"],
            [
              "lib/stages/recorded_stage.ts",
              "if (ms <= 0) return work;",
              "if (ms >= 0) return work;",
            ],
          ),
          proof(["tests/stages/pii/time_test.ts", "no text of 100 KB takes longer than 100 ms"], [
            "lib/stages/pii/found.ts",
            "export const REACH = 72;",
            "export const REACH = 100_000;",
          ]),
        ],
      },
      {
        says: "what happens on expiry is configured",
        proofs: [
          proof([
            "tests/stages/recorded_stage_test.ts",
            "recordedStage() goes on where it fails open, and refuses with 503 where it fails closed",
          ], [
            "lib/stages/recorded_stage.ts",
            'if (onFailure === "open") return null;',
            "return null;",
          ]),
        ],
      },
    ],
  },
];
