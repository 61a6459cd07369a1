import type { GatewayError } from "../../lib/errors.ts";
import { decodeErrorAnswer } from "../../lib/providers/error_answer.ts";
import type {
  Operations,
  Provider,
  UpstreamError,
  UpstreamHandle,
  UpstreamHandler,
  UpstreamHeaders,
  UpstreamRequest,
} from "../../lib/providers/provider.ts";
import type { WireFormat } from "../../lib/wire/canonical.ts";
import { CODECS } from "../wire/codecs.ts";

/** What one request gets; each step runs in a microtask of its own. */
export type Step =
  | { readonly response: number; readonly headers?: Readonly<Record<string, string>> }
  | { readonly otherKey: true }
  | { readonly data: string }
  | { readonly bytes: Uint8Array }
  | { readonly end: true }
  | { readonly error: UpstreamError["kind"]; readonly sent?: boolean }
  /** Waits until the test says so, or for ever. */
  | { readonly wait: Promise<void> };

/** The provider's key: it must not be seen anywhere. */
export const SECRET = "planted-provider-key";

/** A provider that does what a test wrote down: one script a request, the last one for all that follow. */
export class ScriptedProvider implements Provider {
  readonly system = "scripted";
  readonly serverAddress = "scripted.test";
  readonly serverPort = 443;
  readonly forwardHeaders: readonly string[] = ["openai-beta"];
  readonly requests: UpstreamRequest[] = [];
  readonly aborted: number[] = [];
  readonly paused: boolean[] = [];

  constructor(
    readonly name: string,
    readonly formats: readonly WireFormat[],
    private readonly scripts: readonly (readonly Step[])[],
    readonly operations: Operations = {},
  ) {}

  send(
    request: UpstreamRequest,
    handler: UpstreamHandler,
    traceHeaders: readonly string[] = [],
  ): UpstreamHandle {
    const number = this.requests.push({ ...request, headers: request.headers.concat(traceHeaders) }) - 1;
    const script = this.scripts[Math.min(number, this.scripts.length - 1)] ?? [];
    let over = false;
    (async () => {
      for (const step of script) {
        await null;
        if ("wait" in step) await step.wait;
        if (over) return;
        if ("response" in step) handler.onResponse(step.response, new PlainHeaders(step.headers ?? {}));
        else if ("otherKey" in step) handler.onOtherKey?.();
        else if ("data" in step) handler.onData(this.#bytes(step.data));
        else if ("bytes" in step) handler.onData(step.bytes);
        else if ("end" in step) handler.onEnd();
        else if ("error" in step) {
          handler.onError({ kind: step.error, sent: step.sent ?? true, message: step.error });
        }
      }
    })();
    return {
      abort: () => {
        if (over) return;
        over = true;
        this.aborted.push(number);
      },
      pause: () => this.paused.push(true),
      resume: () => this.paused.push(false),
    };
  }

  /** A text as the provider's first format writes it. */
  #bytes(text: string): Uint8Array {
    const [format] = this.formats;
    return format === undefined ? new TextEncoder().encode(text) : CODECS[format].framing.bytes(text);
  }

  decodeError(status: number, headers: UpstreamHeaders, body: Uint8Array): GatewayError {
    const wall = Date.UTC(2026, 0, 1);
    return decodeErrorAnswer({ provider: this.name, status, headers, body, secrets: [SECRET], wall });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

class PlainHeaders implements UpstreamHeaders {
  constructor(private readonly fields: Readonly<Record<string, string>>) {}
  get(name: string): string | null {
    return this.fields[name] ?? null;
  }
  entries(): Iterable<readonly [string, string]> {
    return Object.entries(this.fields);
  }
}
