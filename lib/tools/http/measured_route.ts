import { systemClock } from "../../clock.ts";
import { AddressBook, systemResolve } from "../../providers/address_book.ts";
import { dialTcp, dialTls } from "../../providers/dial.ts";
import type { Route } from "../../providers/route.ts";
import type { Timing } from "./timing.ts";

/** A direct way to an origin that notes how long each step of connecting took. */
export function measuredRoute(origin: URL, ca: string | null, timing: () => Timing): Route {
  const addresses = new AddressBook(origin.hostname, {
    async resolve(host) {
      const start = performance.now();
      const found = await systemResolve(host);
      timing().dns = performance.now() - start;
      return found;
    },
    ttl: 30_000,
    clock: systemClock,
  });
  const tcp: ReturnType<typeof dialTcp> = async (hostname, port, signal) => {
    // What is looked up already is looked up by nobody here; the look-up is not the connection's time.
    const marks = timing();
    marks.dns = 0;
    const start = performance.now();
    const conn = await dial(hostname, port, signal);
    marks.connect = Math.max(0, performance.now() - start - marks.dns);
    return conn;
  };
  const dial = dialTcp(addresses);
  const secure: Route["dial"] = async (hostname, port, signal) => {
    const start = performance.now();
    const conn = await dialTls(tcp, ca)(hostname, port, signal);
    const marks = timing();
    marks.tls = Math.max(0, performance.now() - start - marks.dns - marks.connect);
    return conn;
  };
  return {
    origin: origin.origin,
    dial: origin.protocol === "https:" ? secure : tcp,
    http2: false,
    addresses,
    pathPrefix: "",
    headers: [],
  };
}
