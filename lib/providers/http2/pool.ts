import type { ConnectionPool } from "../call_connection.ts";
import type { Route } from "../route.ts";
import { Lane } from "./lane.ts";
import { Session, type SessionOptions, type SessionOwner } from "./session.ts";

/** Connections of HTTP/2, each for many calls at a time: another is opened when the present ones are full. */
export class Http2Pool implements ConnectionPool<Lane>, SessionOwner {
  readonly #route: Route;
  readonly #options: SessionOptions;
  /** Those on which streams can be begun, the youngest last. */
  readonly #sessions: Session[] = [];

  constructor(route: Route, options: SessionOptions) {
    this.#route = route;
    this.#options = options;
    route.addresses.onGone = () => this.retire();
  }

  take(): Lane {
    return new Lane(this.#session());
  }

  /** The same: a session that is known to be closed is not among them. */
  fresh(): Lane {
    return this.take();
  }

  giveBack(): void {}

  close(): void {
    for (const session of [...this.#sessions]) session.drain();
  }

  left(session: Session): void {
    const at = this.#sessions.indexOf(session);
    if (at !== -1) this.#sessions.splice(at, 1);
  }

  moved(lanes: readonly Lane[]): void {
    for (const lane of lanes) lane.move(() => this.#session());
  }

  #session(): Session {
    for (const session of this.#sessions) if (session.hasRoom) return session;
    const session = new Session(this.#route, this.#options, this);
    this.#sessions.push(session);
    return session;
  }

  /** Ends sessions with addresses that are the host's no more, once what they carry has ended. */
  retire(): void {
    const { addresses } = this.#route;
    for (const session of [...this.#sessions]) {
      if (session.address !== "" && !addresses.has(session.address)) session.drain();
    }
  }
}
