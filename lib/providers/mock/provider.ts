import { type Clock, systemClock } from "../../clock.ts";
import { Deadlines } from "../../deadlines.ts";
import type { GatewayError } from "../../errors.ts";
import type { WireFormat } from "../../wire/canonical.ts";
import { decodeErrorAnswer } from "../error_answer.ts";
import type {
  Operations,
  Provider,
  UpstreamBody,
  UpstreamHandle,
  UpstreamHandler,
  UpstreamHeaders,
  UpstreamRequest,
  UpstreamTimeouts,
} from "../provider.ts";
import { type MockOptions, paceOf, settingOf } from "./options.ts";
import { OPENAI_OPERATIONS } from "../catalog/operations.ts";
import { joinBytes } from "../../wire/join_bytes.ts";
import { isMockOperation, type MockOperationName, OPERATIONS } from "./operations/table.ts";
import { PendingCall } from "../pending_call.ts";
import { type MockPlan, type MockSetting, planAnswer } from "./plan.ts";
import { planOperation } from "./plan_operation.ts";
import { type Pace, Playback } from "./playback.ts";
import { Patience } from "./patience.ts";

export interface MockProviderOptions extends MockOptions {
  /** Formats that it speaks, the preferred one first. Default: all. */
  readonly formats?: readonly WireFormat[];
  /** Unset: it is waited for without end. */
  readonly timeouts?: UpstreamTimeouts;
}

/** What the mock has of its surroundings. */
export interface MockSurroundings {
  readonly clock?: Clock;
  /** For the time-outs. */
  readonly deadlines?: Deadlines;
}

/**
 * The mock as a provider in this process: no key, no network.
 * @throws {BehaviourError} where the behaviour in the options is none.
 */
export function createMockProvider(
  name: string,
  options: MockProviderOptions = {},
  surroundings: MockSurroundings = {},
): Provider {
  return new MockProvider(name, options, surroundings);
}

const FORMATS: readonly WireFormat[] = [
  "openai_chat",
  "openai_responses",
  "anthropic_messages",
  "ollama_chat",
  "ollama_generate",
  "google_generate_content",
  "google_interactions",
  "cohere_chat",
  "bedrock_converse",
];

const MOCK_OPERATIONS: Operations = Object.fromEntries(
  Object.keys(OPERATIONS).map((name) => [name, OPENAI_OPERATIONS[name as MockOperationName]]),
);

class MockProvider implements Provider {
  readonly system = "mock";
  readonly can = ["tools", "vision", "structured_output", "reasoning"] as const;
  readonly formats: readonly WireFormat[];
  readonly operations: Operations = MOCK_OPERATIONS;
  readonly serverAddress = "mock";
  readonly serverPort = 0;
  readonly forwardHeaders: readonly string[] = ["x-mock"];
  readonly #setting: MockSetting;
  readonly #pace: Pace;
  readonly #timeouts: UpstreamTimeouts | null;
  readonly #deadlines: Deadlines;

  constructor(readonly name: string, options: MockProviderOptions, surroundings: MockSurroundings) {
    const clock = surroundings.clock ?? systemClock;
    this.formats = options.formats ?? FORMATS;
    this.#setting = settingOf(options, clock);
    this.#pace = paceOf(clock);
    this.#timeouts = options.timeouts ?? null;
    this.#deadlines = surroundings.deadlines ?? new Deadlines(clock);
  }

  send(request: UpstreamRequest, handler: UpstreamHandler): UpstreamHandle {
    const { format, body } = request;
    if (isMockOperation(format)) {
      return new PendingCall(
        this.#planned(format, request),
        (plan) => this.#play(plan, handler),
        () => handler.onError({ kind: "connection_reset", sent: true, message: "the request broke off" }),
      );
    }
    if (!isOneOf(this.formats, format) || !(body instanceof Uint8Array)) {
      throw new TypeError(`Cannot send "${format}" to provider "${this.name}"`);
    }
    return this.#play(planAnswer(format, body, wordsOf(request.headers), this.#setting, request), handler);
  }

  async #planned(name: MockOperationName, request: UpstreamRequest): Promise<MockPlan> {
    const { method = "POST", subpath = "", query, contentType, headers } = request;
    const body = await wholeOf(request.body);
    const asked = { method, subpath, query, contentType: contentType ?? "application/json", body };
    return await planOperation(name, asked, wordsOf(headers), this.#setting);
  }

  #play(plan: MockPlan, handler: UpstreamHandler): UpstreamHandle {
    if (this.#timeouts === null || !takesTime(plan)) return new Playback(plan, handler, this.#pace);
    const patience = new Patience(handler, this.#timeouts, this.#deadlines);
    return patience.over(new Playback(plan, patience, this.#pace));
  }

  decodeError(status: number, headers: UpstreamHeaders, body: Uint8Array): GatewayError {
    const wall = this.#setting.clock.wall();
    return decodeErrorAnswer({ provider: this.name, status, headers, body, secrets: [], wall });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

async function wholeOf(body: UpstreamBody | null): Promise<Uint8Array<ArrayBuffer>> {
  if (body === null) return new Uint8Array();
  if (body instanceof Uint8Array) return body as Uint8Array<ArrayBuffer>;
  return joinBytes(await Array.fromAsync(body));
}

function isOneOf<T>(list: readonly T[], value: unknown): value is T {
  return (list as readonly unknown[]).includes(value);
}

function wordsOf(headers: readonly string[]): string | null {
  for (let i = 0; i + 1 < headers.length; i += 2) if (headers[i] === "x-mock") return headers[i + 1] ?? null;
  return null;
}

function takesTime(plan: MockPlan): boolean {
  return plan.latency > 0 || plan.ttft > 0 || plan.interval > 0 || plan.ending === "stall";
}
