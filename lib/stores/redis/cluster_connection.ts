import { inTime } from "../in_time.ts";
import { Lookout } from "./lookout.ts";
import {
  type ConnectionOptions,
  type HostPort,
  hostPort,
  placeOf,
  type RedisConnection,
} from "./redis_connection.ts";
import { openSettled, type RedisNode } from "./redis_node.ts";
import { parseRedisUrl } from "./redis_url.ts";
import { slotOf, SLOTS } from "./slot.ts";

/** How often a node is asked which one has which slots, milliseconds. */
const ASK_EACH = 1_000;
/** How often one command is sent on to another node. */
const MAX_REDIRECTIONS = 5;

/**
 * The nodes of a cluster. Which one has a slot is learnt from any of them, each second and whenever one refuses or is
 * lost. A command that a node sends on goes on; one whose fate is not known is never sent again.
 */
export class ClusterConnection implements RedisConnection {
  readonly #options: ConnectionOptions;
  readonly #login: { readonly username: string | null; readonly password: string | null };
  readonly #seeds: readonly HostPort[];
  readonly #lookout: Lookout;
  /** By place. One that is being opened is here, too: nobody opens it twice. */
  readonly #nodes = new Map<string, Promise<RedisNode>>();
  #slots: (HostPort | undefined)[] = [];
  /** Which of those that are known is asked. */
  #at = 0;
  #closed = false;

  constructor(urls: readonly string[], options: ConnectionOptions) {
    this.#options = options;
    this.#seeds = urls.map(parseRedisUrl);
    const [first] = urls.map(parseRedisUrl);
    const { username, password } = options.server;
    this.#login = { username: first?.username ?? username, password: first?.password ?? password };
    this.#lookout = new Lookout(options.clock, ASK_EACH, () => this.#look());
    this.#lookout.now();
  }

  async send(key: string, args: readonly string[]): Promise<unknown> {
    let place = this.#slots[slotOf(key)];
    let asking = false;
    for (let redirections = 0; place !== undefined; redirections++) {
      const node = await this.#node(place);
      try {
        // Both are written in one go, so nothing comes between.
        if (asking) node.send(["ASKING"]).catch(() => {});
        return await node.send(args);
      } catch (error) {
        const redirection = redirectionOf(error, place);
        if (redirection === null || redirections === MAX_REDIRECTIONS) throw error;
        place = redirection.place;
        asking = redirection.kind === "ASK";
        if (asking) continue;
        this.#slots[slotOf(key)] = place;
        this.#lookout.now();
      }
    }
    throw new Error("no node of the cluster is known to have the key's slot");
  }

  close(): void {
    this.#closed = true;
    this.#lookout.close();
    for (const node of this.#nodes.values()) node.then((each) => each.close(), () => {});
    this.#nodes.clear();
  }

  async #look(): Promise<void> {
    const known = [...new Map([...this.#masters(), ...this.#seeds].map((at) => [placeOf(at), at])).values()];
    for (let tries = 0; tries < known.length; tries++) {
      const at = known[this.#at % known.length];
      if (at === undefined || this.#closed) return;
      const slots = await this.#ask(at).catch(() => null);
      if (slots !== null) return this.#use(slots);
      this.#at++;
    }
    this.#options.onLost("no node of the cluster answers");
  }

  async #ask(at: HostPort): Promise<(HostPort | undefined)[]> {
    const { deadlines, server: { connectTimeout } } = this.#options;
    const node = await this.#node(at);
    const rows = await inTime(deadlines, connectTimeout, () => node.send(["CLUSTER", "SLOTS"]));
    if (!Array.isArray(rows)) throw new Error("it does not know the slots");
    const slots: (HostPort | undefined)[] = new Array(SLOTS);
    for (const row of rows) {
      const [from, to, master] = Array.isArray(row) ? row : [];
      if (!Array.isArray(master)) continue;
      const [host, port] = master;
      // Without a name it is the one that was asked.
      slots.fill({ host: String(host || at.host), port: Number(port) }, Number(from), Number(to) + 1);
    }
    return slots;
  }

  #use(slots: (HostPort | undefined)[]): void {
    const first = this.#slots.length === 0;
    this.#slots = slots;
    if (first) this.#options.onReady();
    const used = new Set([...this.#masters()].map(placeOf));
    for (const [place, node] of this.#nodes) {
      if (used.has(place)) continue;
      this.#nodes.delete(place);
      node.then((each) => each.close(), () => {});
    }
    for (const at of this.#masters()) this.#node(at).catch(() => {});
  }

  #masters(): Iterable<HostPort> {
    return new Map(this.#slots.flatMap((at) => at === undefined ? [] : [[placeOf(at), at]])).values();
  }

  /** Resolves once it is connected, or cannot be. */
  #node(at: HostPort): Promise<RedisNode> {
    const place = placeOf(at);
    let node = this.#nodes.get(place);
    if (node === undefined) {
      node = this.#open(at);
      this.#nodes.set(place, node);
    }
    return node;
  }

  #open({ host, port }: HostPort): Promise<RedisNode> {
    const { server, clock, deadlines } = this.#options;
    const onReady = () => {
      if (this.#slots.length > 0) this.#options.onReady();
    };
    const onLost = () => {
      if (this.#slots.length > 0) this.#lookout.now();
    };
    const here = { ...server, ...this.#login, host, port, database: 0 };
    return openSettled({ ...here, clock, deadlines, onReady, onLost });
  }
}

function redirectionOf(error: unknown, from: HostPort): { kind: string; place: HostPort } | null {
  const [, kind, to] = /^(MOVED|ASK) \d+ (\S+)$/.exec(error instanceof Error ? error.message : "") ?? [];
  if (kind === undefined || to === undefined) return null;
  const place = hostPort(to);
  return { kind, place: place.host === "" ? { ...place, host: from.host } : place };
}
