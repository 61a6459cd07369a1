import { type FailureRow, proof } from "./row.ts";

const FAILURE = "lib/stages/upstream/failure.ts";
const ORDER = "lib/stages/upstream/attempt_order.ts";
const POLICY = "lib/stages/upstream/retry_policy.ts";
const RUN = "lib/stages/upstream/call_run.ts";
const BREAKER = "lib/stages/backends/breaker.ts";
const BACKEND = "lib/stages/backends/backend.ts";
const END = "lib/stages/backends/attempt_end.ts";

const RETRY_TEST = "tests/stages/upstream_request_retry_test.ts";
const POLICY_TEST = "tests/stages/upstream/retry_policy_test.ts";
const FAULTS = "tests/e2e/faults_test.ts";
const RETRY_FAULTS = "tests/e2e/retry_faults_test.ts";
const BREAKER_E2E = "tests/e2e/breaker_test.ts";
const BREAKER_TEST = "tests/stages/backends/breaker_test.ts";

const LEFT_ALONE = [
  BREAKER_E2E,
  "an endpoint that keeps failing is left alone within 1 s, and asked again by one probe at a time",
] as const;
const TOO_MUCH = [
  RETRY_FAULTS,
  "more load than can be served: 503 with Retry-After at once, while health and metrics answer",
] as const;

export const RETRY: readonly FailureRow[] = [
  {
    when: "refused or reset before the request was sent",
    then: [
      {
        says: "another target at once",
        proofs: [
          proof([FAULTS, "refused: another target at once"], [
            FAILURE,
            'advice: error.sent ? "backoff" : "at_once"',
            'advice: "never"',
          ]),
          proof([
            RETRY_TEST,
            "a refused connection draws nothing from the retry budget while other targets are left",
          ], [
            ORDER,
            "if (asked.has(next.target.provider) && !budget.retry()) return null;",
            "if (!budget.retry()) return null;",
          ]),
        ],
      },
    ],
  },
  {
    when: "408, 429, 500, 502, 503, 504, reset after sending",
    then: [
      {
        says: "retried by policy within a retry budget (20 % of requests, at least 3)",
        proofs: [
          proof([FAULTS, "408, 429, 500, 502, 503, 504: asked again"], [
            FAILURE,
            'if (RETRYABLE_STATUS.has(status)) return { error, advice: "backoff" };',
            "",
          ]),
          proof([
            FAULTS,
            "a reset after sending: asked again, and told as a failure when it happens each time",
          ], [
            FAILURE,
            'advice: error.sent ? "backoff" : "at_once"',
            'advice: error.sent ? "never" : "at_once"',
          ]),
          proof([
            RETRY_FAULTS,
            "amplification: a provider in trouble gets 1.2 attempts a request and 3 more, however it fails",
          ], [
            POLICY,
            "if (retries >= Math.max(RetryBudget.#MINIMUM, requests * this.#share)) return false;",
            "",
          ]),
          proof([POLICY_TEST, "RetryBudget allows three retries to a quiet gateway and no fourth"], [
            POLICY,
            "Math.max(RetryBudget.#MINIMUM, requests * this.#share)",
            "requests * this.#share",
          ]),
        ],
      },
      {
        says: "exponential backoff with full jitter",
        proofs: [
          proof([POLICY_TEST, "backoff() draws from a range that doubles up to its limit"], [
            POLICY,
            "options.baseDelay * 2 ** retried",
            "options.baseDelay",
          ]),
          proof([RETRY_TEST, "status 503: asked again after a back-off"], [
            RUN,
            "if (wait > 0) await this.#pause(wait);",
            "",
          ]),
        ],
      },
      {
        says: "never after content went out",
        proofs: [
          proof([
            RETRY_FAULTS,
            "amplification: nothing is asked again after the first content, however many streams break",
          ], [RUN, "if (!mayRetry() || !repeatable(failure)) {", "if (!repeatable(failure)) {"]),
        ],
      },
    ],
  },
  {
    when: "`Retry-After` (seconds, date, `retry-after-ms`)",
    then: [
      {
        says: "honoured up to a cap",
        proofs: [
          proof([
            RETRY_FAULTS,
            "Retry-After: seconds, milliseconds and a date are waited for, nonsense and the past mean no retry",
          ], [POLICY, "return Math.max(asked, jittered);", "return jittered;"]),
          proof([RETRY_TEST, "Retry-After, above the cap: no retry"], [
            POLICY,
            "if (!(asked >= 0) || asked > options.maxRetryAfter) return null;",
            "if (!(asked >= 0)) return null;",
          ]),
        ],
      },
      {
        says: "nonsense or negative means no retry",
        proofs: [
          proof([RETRY_TEST, "Retry-After, nonsense: no retry"], [
            POLICY,
            "if (!(asked >= 0) || asked > options.maxRetryAfter) return null;",
            "if (asked > options.maxRetryAfter) return null;",
          ]),
          proof([RETRY_TEST, "Retry-After, a date gone by: no retry"], [
            "lib/providers/retry_after.ts",
            "return until >= 0 ? until : NONSENSE;",
            "return Math.max(0, until);",
          ]),
        ],
      },
      {
        says: "that key or endpoint cools, not the whole provider",
        proofs: [
          proof([
            BREAKER_E2E,
            "an endpoint that asks to be left alone is: Retry-After rests it alone, and is passed on",
          ], [BACKEND, "this.#restsUntil = this.#clock.now() + Math.min(restMs, this.#maxRest);", ""]),
          proof([
            BREAKER_E2E,
            "an endpoint in trouble that says until when is left alone so long, which is no limit of the client's",
          ], [
            END,
            'const restMs = advice === "backoff"',
            'const restMs = advice === "backoff" && error.status === 429',
          ]),
          proof([
            "tests/e2e/credentials_test.ts",
            "a key that reached its limit rests, and the next is taken at once",
          ], [
            "lib/providers/credentials/key_ring.ts",
            "key.rest(now + ms);",
            "",
          ]),
          proof([
            RETRY_TEST,
            "a refused key with another beside it: asked again at once, though nothing is left of the budget",
          ], [
            ORDER,
            'if (failure.advice === "other_key") return 0;',
            "",
          ]),
        ],
      },
      {
        says: "passed on when the client gets the error",
        proofs: [
          proof([RETRY_TEST, "Retry-After is passed on when the client gets the error"], [
            "lib/providers/error_answer.ts",
            "retryAfter: retryAfterOf(answer.headers, answer.wall) ?? said.retryAfter,",
            "",
          ]),
          proof([
            FAULTS,
            "Retry-After: waited for in milliseconds, passed on when the client gets the error",
          ], [
            "lib/middleware/error_response.ts",
            'addHeader(exchange, "retry-after", String(Math.max(0, Math.ceil(error.retryAfter))));',
            "",
          ]),
          proof([FAULTS, "Retry-After of a 5xx is passed on as that of a 429 is"], [
            "lib/providers/error_answer.ts",
            "retryAfter: retryAfterOf(answer.headers, answer.wall) ?? said.retryAfter,",
            "retryAfter: status === 429 ? retryAfterOf(answer.headers, answer.wall) : null,",
          ]),
        ],
      },
    ],
  },
  {
    when: "an endpoint keeps failing",
    then: [
      {
        says: "breaker opens within 1 s",
        proofs: [
          proof(LEFT_ALONE, [BREAKER, '(this.state === "closed" && this.#failures >= failures)', "false"]),
          proof([
            BREAKER_E2E,
            "while one target is left alone the others answer, without an attempt at it",
          ], [
            BREAKER,
            '(this.state === "closed" && this.#failures >= failures)',
            "false",
          ]),
        ],
      },
      {
        says: "one probe at a time while half open",
        proofs: [
          proof(LEFT_ALONE, [
            BREAKER,
            '(state === "half_open" && !this.#probing)',
            'state === "half_open"',
          ]),
        ],
      },
      {
        says: "jittered growing penalty",
        proofs: [
          proof([
            BREAKER_TEST,
            "Breaker doubles its penalty with each failed probe, up to the longest, and begins anew after a success",
          ], [BREAKER, "baseDelay * 2 ** this.#openings++", "baseDelay"]),
          proof([BREAKER_TEST, "Breaker spreads penalties by a fifth either way"], [
            BREAKER,
            " * (1 - JITTER + 2 * JITTER * this.#random())",
            "",
          ]),
          proof([
            BREAKER_E2E,
            "the penalty of an endpoint that goes on failing grows, and each change is one line",
          ], [BREAKER, "baseDelay * 2 ** this.#openings++", "baseDelay"]),
        ],
      },
      {
        says: "one tenant's 4xx never opens it",
        proofs: [
          proof([BREAKER_E2E, "a client's own fault never opens it, however often"], [
            END,
            "good: telling ? false : null",
            "good: false",
          ]),
        ],
      },
      {
        says: "log one line a change of state, not one a request",
        proofs: [
          proof(LEFT_ALONE, [
            BREAKER,
            "const { state } = this;\n    return state",
            'const { state } = this;\n    if (state === "open") this.#changed("open");\n    return state',
          ]),
        ],
      },
    ],
  },
  {
    when: "every target is out",
    then: [
      {
        says: "503 with `Retry-After`, at once",
        proofs: [
          proof(LEFT_ALONE, [
            END,
            '"No provider of this model is available at the moment.", {\n      retryAfter,\n    })',
            '"No provider of this model is available at the moment.")',
          ]),
        ],
      },
    ],
  },
  {
    when: "the context window or content filter is the reason",
    then: [
      {
        says: "fallback chains of their own",
        proofs: [
          proof([BREAKER_E2E, "context_window_fallbacks step in for their reason alone"], [
            RUN,
            "const wait = this.#rescued(order, next) ? 0 : order.next(next);",
            "const wait = order.next(next);",
          ]),
          proof([BREAKER_E2E, "content_policy_fallbacks step in for their reason alone"], [
            "lib/stages/backends/fallback_reason.ts",
            '["content_filter", "content_policy"],',
            "",
          ]),
        ],
      },
    ],
  },
  {
    when: "more load than can be served",
    then: [
      {
        says: "admission by requests in flight, memory and event-loop lag",
        proofs: [
          proof([
            "tests/e2e/overload_test.ts",
            "more memory than allowed: new requests get 503 at once, those under way go on, and it ends",
          ], ["lib/middleware/overload.ts", "this.memory = !this.memory;", ""]),
          proof([
            "tests/e2e/overload_test.ts",
            "a late event loop: requests beyond what it bears get 503 at once, and a second later it is over",
          ], ["lib/middleware/overload.ts", "this.#lookAtLag(lag, passed);", ""]),
        ],
      },
      {
        says: "429 or 503 within 20 ms",
        proofs: [
          proof(TOO_MUCH, ["lib/middleware/admission.ts", "requests <= maxInFlight && ", ""]),
          proof([
            "tests/middleware/overload_queue_test.ts",
            "Overload keeps a processor busy and refuses within milliseconds: three times as many streams of a second each",
          ], ["lib/middleware/lag_limit.ts", "least: 0.005", "least: 0.05"]),
        ],
      },
      {
        says: "health and admin exempt",
        proofs: [proof(TOO_MUCH, ["lib/middleware/admission.ts", "exchange.background || ", ""])],
      },
    ],
  },
];
