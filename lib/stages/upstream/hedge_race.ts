import type { Deadline, Deadlines } from "../../deadlines.ts";
import { GatewayError } from "../../errors.ts";
import type { UpstreamAttempt } from "./attempt.ts";
import type { AttemptFailure } from "./failure.ts";
import type { Hedge } from "./hedge.ts";

export interface HedgeRaceOptions<Attempt> {
  readonly hedge: Hedge;
  readonly deadlines: Deadlines;
  /** Begins an attempt at another target; null: there is none that may be asked. */
  readonly another: () => Attempt | null;
  /** An attempt has content, before anything of it goes out; the others are told of by now. */
  readonly onWon: (attempt: Attempt) => void;
  /** An attempt ended while another goes on. @param failure null: that one was sooner. */
  readonly onLost: (attempt: Attempt, failure: AttemptFailure | null) => void;
}

/** How an attempt ended that no other goes on beside. */
export interface Raced<Attempt> {
  readonly attempt: Attempt;
  readonly failure: AttemptFailure | null;
}

/** One attempt, and others beside it while none has content. The first that has it is the one; the others end. */
export class HedgeRace<Attempt extends UpstreamAttempt> {
  readonly over: Promise<Raced<Attempt>>;
  readonly #options: HedgeRaceOptions<Attempt>;
  readonly #running: Attempt[] = [];
  #settle!: (raced: Raced<Attempt>) => void;
  #deadline: Deadline | null = null;
  #won = false;
  #more: number;

  constructor(first: Attempt, options: HedgeRaceOptions<Attempt>) {
    this.#options = options;
    this.#more = options.hedge.max;
    this.over = new Promise((resolve) => this.#settle = resolve);
    this.#add(first);
    this.#wait();
  }

  /** Ends all that is under way. */
  cancel(why: GatewayError): void {
    const [first] = this.#running;
    if (first === undefined) return;
    this.#endOthers(first);
    first.cancel(why);
  }

  #wait(): void {
    const { hedge, deadlines } = this.#options;
    const ms = this.#more > 0 ? hedge.after() : null;
    if (ms !== null) this.#deadline = deadlines.after(ms, () => this.#hedge());
  }

  #hedge(): void {
    // What arrives already is not sooner there by asking somebody else.
    if (this.#running.some(({ answering }) => answering)) return;
    const attempt = this.#options.another();
    if (attempt === null) return;
    this.#more--;
    this.#add(attempt);
    this.#wait();
  }

  #add(attempt: Attempt): void {
    this.#running.push(attempt);
    attempt.onContent = () => this.#win(attempt);
    attempt.done.then((failure) => this.#ended(attempt, failure));
  }

  #win(attempt: Attempt): void {
    if (this.#won) return;
    this.#won = true;
    this.#endOthers(attempt);
    this.#options.onWon(attempt);
  }

  #ended(attempt: Attempt, failure: AttemptFailure | null): void {
    const place = this.#running.indexOf(attempt);
    if (place < 0) return;
    if (failure === null) {
      this.#win(attempt);
    } else if (this.#running.length > 1 && failure.advice !== "never") {
      this.#running.splice(place, 1);
      return this.#options.onLost(attempt, failure);
    }
    this.#endOthers(attempt);
    this.#settle({ attempt, failure });
  }

  #endOthers(attempt: Attempt): void {
    this.#options.deadlines.cancel(this.#deadline);
    for (const other of this.#running.splice(0)) {
      if (other === attempt) continue;
      other.cancel(overtaken());
      this.#options.onLost(other, null);
    }
    this.#running.push(attempt);
  }
}

function overtaken(): GatewayError {
  return new GatewayError("client_closed_request", "Another target was sooner.");
}
