import { GatewayError } from "../errors.ts";
import { InnerCalls } from "../stages/inner_calls.ts";

/** Notes which models and services a stage would ask, and asks none. */
export class UncalledModels extends InnerCalls {
  readonly #wanted = new Set<string>();

  override embed(...[, , model]: Parameters<InnerCalls["embed"]>): ReturnType<InnerCalls["embed"]> {
    return this.#refuse(model);
  }

  override complete(...[, , model]: Parameters<InnerCalls["complete"]>): ReturnType<InnerCalls["complete"]> {
    return this.#refuse(model);
  }

  override post(...[url]: Parameters<InnerCalls["post"]>): ReturnType<InnerCalls["post"]> {
    return this.#refuse(new URL(url).origin);
  }

  /** What was wanted since the last call. */
  take(): string[] {
    const wanted = [...this.#wanted];
    this.#wanted.clear();
    return wanted;
  }

  #refuse(wanted: string): Promise<never> {
    this.#wanted.add(wanted);
    return Promise.reject(new GatewayError("no_target_available", `'${wanted}' is not called.`));
  }
}
