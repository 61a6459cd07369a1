import type { JsonObject } from "../wire/canonical.ts";
import type { StoredEvent } from "./run_store.ts";

/** For a store of runs to which every change of one is the same command. */
export abstract class ChangingRunStore {
  /** @param response null: it stays. @returns false where no such run is open. */
  protected abstract change(
    owner: string,
    id: string,
    response: JsonObject | null,
    events: readonly StoredEvent[],
    finish: boolean,
  ): Promise<boolean>;

  update(owner: string, id: string, response: JsonObject): Promise<boolean> {
    return this.change(owner, id, response, [], false);
  }

  append(owner: string, id: string, events: readonly StoredEvent[]): Promise<boolean> {
    return this.change(owner, id, null, events, false);
  }

  finish(
    owner: string,
    id: string,
    response: JsonObject,
    events: readonly StoredEvent[],
  ): Promise<boolean> {
    return this.change(owner, id, response, events, true);
  }
}
