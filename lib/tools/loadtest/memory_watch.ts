import type { LaneRoute } from "./lane.ts";
import { Lane, LaneError } from "./lane.ts";

/** A page of metrics that is longer is read no further, bytes. */
const MAX_PAGE = 4 * 1024 * 1024;
const METRIC = /^process_resident_memory_bytes(?:\{[^}]*\})? ([0-9.e+]+)/gm;

/** Reads a gateway's resident memory from its metrics, over a connection of its own. */
export class MemoryWatch {
  readonly #lane: Lane;
  readonly #request: Uint8Array;
  #reading = false;
  /** A server that has no such metric is not asked again. */
  #absent = false;
  #known = false;

  /** @param headers of the head: `[name, value]`. */
  constructor(route: LaneRoute, headers: readonly (readonly [string, string])[], path = "/metrics") {
    this.#lane = new Lane(route);
    const lines = [`GET ${path} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`)];
    this.#request = new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`);
  }

  /** Bytes, of all workers; null: the server does not tell, or is being asked. */
  async read(): Promise<number | null> {
    if (this.#reading || this.#absent) return null;
    this.#reading = true;
    const decoder = new TextDecoder();
    let page = "";
    try {
      await this.#lane.exchange(this.#request, (bytes) => {
        if (page.length < MAX_PAGE) page += decoder.decode(bytes, { stream: true });
      });
    } catch (error) {
      if (error instanceof LaneError) return null;
      throw error;
    } finally {
      this.#reading = false;
    }
    const values = [...page.matchAll(METRIC)].map(([, value]) => Number(value));
    this.#absent = values.length === 0 && !this.#known;
    if (values.length === 0) return null;
    this.#known = true;
    return values.reduce((sum, value) => sum + value, 0);
  }

  /** Gives up what it waits for. */
  close(): void {
    this.#lane.abort("the run is over");
  }
}
