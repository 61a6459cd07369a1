import { GatewayError } from "../../errors.ts";
import type { SecurityAction } from "../../telemetry/exchange.ts";
import type { Placeholders } from "./placeholders.ts";
import { actionFor, type PiiPolicy } from "./policy.ts";

/** What was found in one direction of a request, and what is done about each. */
export class Inspector {
  readonly types: Set<string> = new Set();
  /** Null: nothing was found. */
  action: SecurityAction | null = null;
  /** Called each time something is found. */
  onFound: () => void = () => {};
  readonly #where: string;

  /**
   * @param policy null: nothing is looked for, and placeholders are only restored.
   * @param where for whom it is told: `request` or `answer`.
   */
  constructor(
    readonly policy: PiiPolicy | null,
    readonly placeholders: Placeholders,
    where: "request" | "answer",
  ) {
    this.#where = where;
  }

  /**
   * @param alterable false: what may only be blocked, such as signed thinking.
   * @returns what stands in the value's place; null: it stays.
   * @throws {GatewayError} `content_blocked`.
   */
  replacementOf(type: string, value: string, alterable: boolean): string | null {
    if (this.policy === null) return null;
    this.types.add(type);
    this.onFound();
    const action = actionFor(this.policy, type);
    if (action === "block") {
      this.action = "blocked";
      throw new GatewayError(
        "content_blocked",
        `The ${this.#where} was blocked: it contains personal or secret data (${type}).`,
      );
    }
    if (action === "allow" || !alterable) {
      this.action ??= "allowed";
      return null;
    }
    this.action = "redacted";
    return this.placeholders.of(type, value);
  }
}
