import { ASKS_FOR_MASTER_KEY } from "./admin_api.ts";
import { Caller, CallFailure } from "./http/caller.ts";
import { parseJson } from "./json.ts";
import { authorization, type Target } from "./target.ts";
import { ToolError } from "./tool_error.ts";

/** What one group of requests came to; null: unknown. See docs/console_api.md. */
export interface Figures {
  readonly requests: number;
  readonly rate: number;
  readonly error_rate: number | null;
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
  readonly p99_ms: number | null;
  readonly ttft_p50_ms: number | null;
  readonly overhead_p50_ms: number | null;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cost_usd: number | null;
  readonly in_flight?: number;
}

export interface Group extends Figures {
  readonly name: string;
}

export interface Overview {
  readonly now: Figures;
  readonly totals: Figures;
  readonly series: {
    /** Milliseconds. */
    readonly step: number;
    readonly requests: readonly number[];
    readonly p50_ms: readonly (number | null)[];
    readonly p95_ms: readonly (number | null)[];
  };
  readonly models: readonly Group[];
  readonly providers: readonly Group[];
}

const PATH = "/console/api";
const TIMEOUT_MS = 10_000;

/** A gateway's console, asked by a program. */
export class ConsoleApi {
  readonly #target: Target;
  readonly #caller: Caller;

  constructor(target: Target) {
    this.#target = target;
    this.#caller = new Caller(target, { timeoutMs: TIMEOUT_MS });
  }

  /** @param last milliseconds until now. @throws {ToolError} where the gateway does not tell. */
  async overview(last: number, signal: AbortSignal): Promise<Overview> {
    const path = `${PATH}/overview?last=${last}`;
    const where = `${this.#target.url.href.replace(/\/$/, "")}${PATH}`;
    try {
      const { status, body } = await this.#caller.call({
        method: "GET",
        path,
        headers: authorization(this.#target),
        signal,
      });
      if (status !== 200) throw new ToolError(`${where} ${refusal(status, this.#target.key !== null)}`);
      const answer = parseJson(new TextDecoder().decode(body));
      if (answer?.now === undefined) throw new ToolError(`${where} is no console of this gateway`);
      return answer as unknown as Overview;
    } catch (error) {
      if (!(error instanceof CallFailure) || signal.aborted) throw error;
      throw new ToolError(`${where}: ${error.message}`);
    }
  }

  close(): Promise<void> {
    return this.#caller.close();
  }
}

function refusal(status: number, withKey: boolean): string {
  switch (status) {
    case 401:
      if (withKey) return "does not take this key: it is neither the gateway's master key nor a console key";
      return ASKS_FOR_MASTER_KEY;
    case 403:
      return "is off: set auth.master_key (GATEWAY_MASTER_KEY) in the gateway";
    case 429:
      return "was shown too many wrong keys: try again in a minute";
    case 404:
      return "is not there: the server has no console";
    default:
      return `answered ${status}`;
  }
}
