import { type FailureRow, proof } from "./row.ts";

const SESSION = "lib/stages/upstream/stream_session.ts";
const OUTPUT = "lib/stages/upstream/stream_output.ts";
const ATTEMPT = "lib/stages/upstream/stream_attempt.ts";
const RUN = "lib/stages/upstream/call_run.ts";
const UPSTREAM_REQUEST = "lib/stages/upstream_request.ts";
const SSE = "lib/wire/sse.ts";

const LEAVES = [
  "tests/e2e/streams_test.ts",
  "the client leaves: the provider is let go within 100 ms, and it is recorded once",
] as const;
const STOPS_READING = [
  "tests/e2e/streams_test.ts",
  "the client stops reading: the provider is held back, memory is bounded, the connection is closed",
] as const;
const STALLS = [
  "tests/stages/upstream_request_client_test.ts",
  "the client stops reading: closed after the write-stall time-out",
] as const;
const IN_DIALECT = [
  "tests/e2e/streams_test.ts",
  "the commit point: errors before content are HTTP errors in the client's dialect",
] as const;
const SILENT = [
  "tests/e2e/streams_test.ts",
  "the provider goes silent: one error event in the client's dialect, then the end",
] as const;
const NO_ANSWERS = [
  "tests/e2e/faults_test.ts",
  "answers that are none: 502 in the client's dialect, nothing of them shown",
] as const;
const SSE_TEST = "tests/wire/sse_test.ts";
const RETRY_TEST = "tests/stages/upstream_request_retry_test.ts";
const HTTP_CLIENT_TEST = "tests/providers/http_client_test.ts";

export const STREAMS: readonly FailureRow[] = [
  {
    when: "the client leaves (before headers, before the first token, in the middle, at the last chunk)",
    then: [
      {
        says: "upstream aborted within 100 ms",
        proofs: [
          proof(LEAVES, [
            SESSION,
            'this.onAbandoned();\n    this.#close("cancelled", 499, now);',
            'this.#close("cancelled", 499, now);',
          ]),
          proof(
            [
              "tests/stages/upstream_request_client_test.ts",
              "the client leaves before headers: the provider is let go, nothing is sent",
            ],
            [RUN, "if (this.#race === null) this.#attempt?.cancel(this.stopped);\n    else ", ""],
          ),
        ],
      },
      {
        says: "status 499 in the log",
        proofs: [
          proof(LEAVES, [
            SESSION,
            'this.#close("cancelled", 499, now)',
            'this.#close("cancelled", 200, now)',
          ]),
        ],
      },
      {
        says: "usage settled from what was seen, an estimate flagged as one",
        proofs: [
          proof(LEAVES, [
            SESSION,
            'this.recordUnended();\n      endCall(call, "cancelled", "", now);',
            'endCall(call, "cancelled", "", now);',
          ]),
          proof(
            [
              "tests/stages/upstream/call_record_test.ts",
              "estimateUsage() judges output by the events, input by the request's size, and flags both",
            ],
            ["lib/stages/upstream/call_record.ts", "call.usageEstimated = true;", ""],
          ),
        ],
      },
      {
        says: "the slot released",
        proofs: [
          proof(LEAVES, ["lib/telemetry/recorder.ts", "this.#live.delete(exchange);", ""]),
          proof([HTTP_CLIENT_TEST, "abort() in line frees the place in it"], [
            "lib/providers/http_call.ts",
            "this.#source.abandon(this);",
            "",
          ]),
        ],
      },
      {
        says: "exactly one Exchange, outcome `cancelled` with its stage",
        proofs: [
          proof(["tests/telemetry/recorder_test.ts", "Recorder takes the first end of an Exchange alone"], [
            "lib/telemetry/exchange.ts",
            'if (this.outcome !== "") return false;',
            "",
          ]),
          proof(LEAVES, [
            SESSION,
            'exchange.cancelStage = !this.isOpen ? "before_headers" : this.began ? "streaming" : "before_first_token";',
            "",
          ]),
        ],
      },
    ],
  },
  {
    when: "the client reads slowly",
    then: [
      {
        says: "backpressure reaches the provider",
        proofs: [
          proof(STOPS_READING, [
            ATTEMPT,
            "if (bytes !== null && !this.session.write(bytes)) this.handle?.pause();",
            "if (bytes !== null) this.session.write(bytes);",
          ]),
          proof([
            HTTP_CLIENT_TEST,
            "pause() holds a fast provider back and resume() goes on where it stopped",
          ], [
            "lib/providers/http_call.ts",
            "return !this.#paused;",
            "return true;",
          ]),
        ],
      },
      {
        says:
          "at most 64 KiB in our own queue (a gauge shows it), RSS ≤ 1.2 MB a stalled stream at 300 of them",
        proofs: [
          proof(STOPS_READING, [
            OUTPUT,
            "return highWaterMark - (this.#controller?.desiredSize ?? highWaterMark) + this.#joinedBytes;",
            "return 0;",
          ]),
          proof([
            "tests/stages/upstream/stream_output_test.ts",
            "StreamOutput tells the source to pause at its mark and to resume once the client reads",
          ], [
            OUTPUT,
            "if ((controller.desiredSize ?? 0) > this.#joinedBytes) return true;",
            "return true;",
          ]),
        ],
        but: "the memory of 300 is measured by `tests/proof/stalled_readers_test.ts`; here it is that of 20",
      },
      {
        says: "closed after the write-stall time-out",
        proofs: [
          proof(STALLS, [OUTPUT, "this.#paused = true;\n      this.#armStall();", "this.#paused = true;"]),
          proof(STOPS_READING, [SESSION, "this.#client?.abort();", ""]),
          proof(
            [
              "tests/stages/upstream_request_client_test.ts",
              "the client stops reading what is left at the end: closed as well",
            ],
            [
              OUTPUT,
              "if (this.#closing) {\n      if (!this.#closeIfRead()) this.#armStall();",
              "if (this.#closing) {\n      this.#closeIfRead();\n      this.#disarmStall();",
            ],
          ),
        ],
      },
    ],
  },
  {
    when: "before the first content event",
    then: [
      {
        says:
          "the commit point: status and prelude events (role chunk, `response.created`, `message_start`) are held until content or `stream.commit_after` (5 s), whichever comes first",
        proofs: [
          proof([RETRY_TEST, "a prelude is taken back: what fails before content is free to retry"], [
            ATTEMPT,
            "return this.#content || this.#held > this.options.maxEventBytes;",
            "return true;",
          ]),
          proof([
            "tests/stages/upstream_request_commit_test.ts",
            "stream.commit_after: headers and a comment, then what comes, with comments in between",
          ], [
            UPSTREAM_REQUEST,
            "deadlines.after(stream.commitAfter, () => session.commit())",
            "deadlines.after(Infinity, () => session.commit())",
          ]),
        ],
      },
      {
        says: "until then errors are HTTP errors and retries and fallbacks are free",
        proofs: [
          proof(IN_DIALECT, [
            ATTEMPT,
            "if (this.session.began || (this.#mayFlow() && !failed)) this.#flow();",
            "this.#flow();",
          ]),
          proof([
            "tests/stages/upstream_request_commit_test.ts",
            "the commit point: content and an error in one piece are still free to retry",
          ], [
            ATTEMPT,
            "(this.#mayFlow() && !failed)",
            "this.#mayFlow()",
          ]),
        ],
      },
      {
        says:
          "after a commit by time, `: ping` comments flow, fallback is still allowed, errors are events, ids and model are the gateway's own",
        proofs: [
          proof([
            "tests/stages/upstream_request_commit_test.ts",
            "stream.commit_after: headers and a comment, then what comes, with comments in between",
          ], [
            SESSION,
            "if (this.#output === null) this.open().ping();",
            "if (this.#output === null) this.open();",
          ]),
          proof([
            "tests/stages/upstream_request_commit_test.ts",
            "a fallback after a commit by time works, and the answer is one provider's",
          ], [
            UPSTREAM_REQUEST,
            "() => !session.began,",
            "() => !session.isOpen,",
          ]),
          proof([
            "tests/stages/upstream_request_commit_test.ts",
            "after a commit by time errors are events, openai_chat",
          ], [
            UPSTREAM_REQUEST,
            "if (!session.isOpen) {",
            "if (!session.began) {",
          ]),
        ],
      },
    ],
  },
  {
    when: "the provider goes silent",
    then: [
      {
        says:
          "time-outs apart, per provider and model: connect 5 s, first chunk 600 s, between chunks 120 s, total off, write-stall 60 s",
        proofs: [
          proof([HTTP_CLIENT_TEST, "send() fails with timeout_connect when no connection comes about"], [
            "lib/providers/http_call.ts",
            'this.#await("timeout_connect", this.#timeout("connect"));\n    connection.dispatch(this);',
            "connection.dispatch(this);",
          ]),
          proof([HTTP_CLIENT_TEST, "send() fails with timeout_first_chunk when headers come but no body"], [
            "lib/providers/http_call.ts",
            'this.#await("timeout_first_chunk", this.#timeout("firstChunk"));',
            'this.#await("timeout_first_chunk", 0);',
          ]),
          proof([
            HTTP_CLIENT_TEST,
            "send() fails with timeout_between_chunks when a stream goes silent, counted from the last chunk",
          ], [
            "lib/providers/http_call.ts",
            'else this.#await("timeout_between_chunks", this.#timeout("betweenChunks"));',
            'else this.#await("timeout_between_chunks", 0);',
          ]),
          proof([HTTP_CLIENT_TEST, "send() fails with timeout_total whatever comes"], [
            "lib/providers/http_call.ts",
            'if (total > 0) this.#totalDeadline = source.deadlines.after(total, () => this.#expire("timeout_total"));',
            "",
          ]),
          proof([HTTP_CLIENT_TEST, "a request's own time-outs replace the client's, 0 switches one off"], [
            "lib/providers/http_call.ts",
            "return this.#timeouts?.[name] ?? this.#source.timeouts[name];",
            "return this.#source.timeouts[name];",
          ]),
        ],
      },
      {
        says: "one error event in the client's dialect, then the end",
        proofs: [
          proof(SILENT, [
            SESSION,
            "this.write(this.request.framing.bytes(this.codec.encodeErrorEvent(error, status, sequence)));",
            "",
          ]),
        ],
      },
      {
        says: "no retry once content went out",
        proofs: [
          proof([RETRY_TEST, "never after content: the error is an event, and no other target is asked"], [
            RUN,
            "if (!mayRetry() || !repeatable(failure)) {",
            "if (!repeatable(failure)) {",
          ]),
        ],
      },
      {
        says: "`: ping` comments keep an idle client connection alive without resetting the provider's timer",
        proofs: [
          proof(SILENT, [OUTPUT, "else this.ping();\n", "\n"]),
          proof([
            "tests/stages/upstream/stream_output_test.ts",
            "StreamOutput sends a comment after a quiet interval, and none while bytes flow",
          ], [
            OUTPUT,
            "if (this.#wrote) this.#wrote = false;\n      else ",
            "",
          ]),
        ],
      },
    ],
  },
  {
    when: "an error event after 200, an HTML page with 200, no `[DONE]`, end without a terminal event",
    then: [
      {
        says: "counted as a failure",
        proofs: [
          proof([
            "tests/stages/upstream_request_stream_test.ts",
            "openai_chat for openai_chat: an end without a terminal event is a failure",
          ], [
            ATTEMPT,
            "if (this.#ending === null) this.#fail(incompleteStream(this.target.provider.name));",
            "if (this.#ending === null) {\n      this.session.complete(this.translator);\n      this.settle(null);\n    }",
          ]),
          proof([
            "tests/stages/upstream_request_stream_test.ts",
            "an error event after 200, with nothing sent: another target is asked",
          ], [
            ATTEMPT,
            "} else if (this.#ending === EventKind.Error) {",
            "} else if (this.#ending === EventKind.Error && !this.#content) {\n      this.session.complete(this.translator);\n      this.settle(null);\n    } else if (this.#ending === EventKind.Error) {",
          ]),
          proof(NO_ANSWERS, [
            "lib/stages/upstream/whole_attempt.ts",
            'if (json === null) return this.settle(invalidAnswer(provider, "an answer that is not JSON"));',
            "if (json === null) return this.settle(null);",
          ]),
        ],
        but:
          "an HTML page with 200 is known by its content type, and without that as what is no JSON and no stream of events: either is enough",
      },
      {
        says: "error event in dialect",
        proofs: [
          proof([
            "tests/stages/upstream_request_stream_test.ts",
            "an error event of the provider after content, anthropic_messages: in dialect, and nothing secret",
          ], [
            "lib/stages/upstream/translator.ts",
            "if (kind === EventKind.Error || (kind === EventKind.Usage && this.#withholdUsage)) return kind;",
            "if (kind === EventKind.Usage && this.#withholdUsage) return kind;",
          ]),
        ],
      },
      {
        says: "never cached, never stored as completed",
        proofs: [
          proof([
            "tests/stages/cache/cache_lookup_test.ts",
            "an answer that breaks off does so for all, with an error event",
          ], [
            SESSION,
            "this.request.tap?.fail(error);",
            "",
          ]),
          proof([
            "tests/e2e/faults_test.ts",
            "a stream that breaks off is not stored: nothing can go on from it",
          ], [
            "lib/stages/upstream/stream_attempt.ts",
            "if (this.#ending === null) this.#fail(incompleteStream(this.target.provider.name));",
            "if (this.#ending === null) {\n      this.session.complete(this.translator);\n      this.settle(null);\n    }",
          ]),
        ],
      },
      {
        says: "retried only if nothing went out",
        proofs: [
          proof(NO_ANSWERS, [
            "lib/stages/upstream/failure.ts",
            'advice: "backoff",\n  };\n}\n\n/** The gateway\'s own',
            'advice: "never",\n  };\n}\n\n/** The gateway\'s own',
          ]),
          proof(["tests/e2e/faults_test.ts", "never after content: one attempt, one error event"], [
            RUN,
            "if (!mayRetry() || !repeatable(failure)) {",
            "if (!repeatable(failure)) {",
          ]),
        ],
      },
    ],
  },
  {
    when:
      "malformed SSE (CR, LF, CRLF, BOM, `data` without a colon, comments, multi-line data, no final newline), UTF-8 or CRLF split anywhere, several events a chunk, one event over many chunks",
    then: [
      {
        says: "parsed as the WHATWG algorithm says",
        proofs: [
          proof(
            [SSE_TEST, "SseParser agrees with the reference on any bytes, split anyhow, and loses none"],
            [
              SSE,
              "if (nameEnd === end) return end;",
              "if (nameEnd === end) return -1;",
            ],
          ),
          proof([
            "tests/e2e/faults_test.ts",
            "malformed streams pass through the whole gateway as what they mean",
          ], [
            SSE,
            "if (byte !== LF && byte !== CR) {",
            "if (byte !== LF) {",
          ]),
        ],
      },
      {
        says: "the same result for every way to split the bytes",
        proofs: [
          proof([SSE_TEST, "SseParser gives the same events wherever a stream is split in two"], [
            SSE,
            "if (at === length) this.#afterCr = true;\n        else if (bytes[at] === LF) at++;",
            "if (bytes[at] === LF) at++;",
          ]),
          proof([
            SSE_TEST,
            "SseParser gives the same events wherever a stream is split in three and byte by byte",
          ], [
            SSE,
            "this.#buffer = bytes.slice(blockStart);",
            "this.#buffer = bytes.slice(lineStart);",
          ]),
          proof(["tests/stages/malformed_sse_test.ts", "a stream is the same wherever it is cut in two"], [
            SSE,
            "if (lineStart === 1) this.#leadingLf = 1;",
            "lineStart = at - 1;",
          ]),
        ],
      },
    ],
  },
  {
    when: "a line without end, a decompression bomb",
    then: [
      {
        says: "capped (1 MiB an event), error event, memory bounded",
        proofs: [
          proof([
            "tests/stages/upstream_request_stream_test.ts",
            "a line without end is an error, and what came before it stays",
          ], [
            SSE,
            "if (held > this.#maxEventBytes) this.#fail();",
            "",
          ]),
          proof(["tests/e2e/streams_test.ts", "a line without end: an error event, and memory is bounded"], [
            SSE,
            "if (held > this.#maxEventBytes) this.#fail();",
            "",
          ]),
          proof([
            "tests/stages/upstream_request_stream_test.ts",
            "preludes without end are not held without bound",
          ], [
            ATTEMPT,
            "return this.#content || this.#held > this.options.maxEventBytes;",
            "return this.#content;",
          ]),
          proof(
            ["tests/stages/upstream_request_whole_test.ts", "an answer over the size limit is given up"],
            [
              "lib/stages/upstream/whole_attempt.ts",
              "if (this.#length > MAX_BODY) {",
              "if (this.#length < 0) {",
            ],
          ),
        ],
      },
    ],
  },
  {
    when: "data after the terminal event",
    then: [
      {
        says: "dropped",
        proofs: [
          proof([
            "tests/stages/upstream_request_stream_test.ts",
            "data after the terminal event is dropped, openai_chat",
          ], [
            ATTEMPT,
            "if (this.#ending !== null) return;\n    const kind = this.translator.push(event);",
            "const kind = this.translator.push(event);",
          ]),
          proof([
            "tests/e2e/faults_test.ts",
            "a provider that does not end its answer keeps its connection from nobody",
          ], [
            ATTEMPT,
            "this.#linger = this.options.deadlines.after(LINGER_MS, () => this.handle?.abort());",
            "",
          ]),
        ],
      },
    ],
  },
];
