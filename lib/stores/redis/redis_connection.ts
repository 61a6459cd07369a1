import type { Deadlines } from "../../deadlines.ts";
import type { Clock } from "../../clock.ts";
import type { RedisServerOptions } from "./redis_server_options.ts";

/** The way to whichever server a command belongs to. */
export interface RedisConnection {
  /** @param key one of the command's keys. @throws {Error} */
  send(key: string, args: readonly string[]): Promise<unknown>;
  close(): void;
}

export interface ConnectionOptions {
  readonly server: RedisServerOptions;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  /** Called when a server was connected to that was not before. */
  readonly onReady: () => void;
  /** Called when it is known that there is no server to send anything to, with why. */
  readonly onLost: (reason: string) => void;
}

/** Where one server is. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** @param text `HOST:PORT`, with an IPv6 address in brackets. */
export function hostPort(text: string): HostPort {
  const at = text.lastIndexOf(":");
  return { host: text.slice(0, at).replace(/^\[|\]$/g, ""), port: Number(text.slice(at + 1)) };
}

/** As a key of a map. */
export function placeOf({ host, port }: HostPort): string {
  return `${host} ${port}`;
}
