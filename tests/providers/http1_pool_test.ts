import { assert, assertEquals } from "@std/assert";
import type { Connection } from "../../lib/providers/connection.ts";
import { Http1Pool } from "../../lib/providers/http1_pool.ts";
import { routeTo } from "../../lib/providers/route.ts";
import { RawServer } from "./raw_server.ts";

/** Has a connection carry a request, and resolves once it is answered. */
function use(connection: Connection): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  connection.dispatch({
    method: "GET",
    path: "/",
    onConnect: () => {},
    onHeaders: () => true,
    onData: () => true,
    onComplete: () => resolve(),
    onError: reject,
  });
  return promise;
}

/** A pool of connections to a server that answers until it is told to `hangUp()`. */
async function scene(test: (pool: Http1Pool, hangUp: () => void, server: RawServer) => Promise<void>) {
  const server = new RawServer(async (connection) => {
    while (await connection.request() !== null) await connection.answer("hello");
  });
  const pool = new Http1Pool(routeTo(server.url, null, null));
  try {
    await test(pool, () => server.connections.forEach((it) => it.close()), server);
  } finally {
    pool.close();
    await server.close();
  }
}

async function burst(pool: Http1Pool, size: number): Promise<Connection[]> {
  const connections = Array.from({ length: size }, () => pool.take());
  await Promise.all(connections.map(use));
  for (const connection of connections) pool.giveBack(connection);
  return connections;
}

Deno.test("Http1Pool forgets connections that were closed while they idled", () =>
  scene(async (pool, hangUp) => {
    const all = await burst(pool, 5);
    hangUp();
    while (all.some(({ open }) => open)) await new Promise((resolve) => setTimeout(resolve, 1));
    const last = pool.take();
    assert(last === all[4]);
    await use(last);
    pool.giveBack(last);
    assert(pool.take() === last);
    assert(!all.includes(pool.take()));
  }));

Deno.test("Http1Pool has a fresh connection take the place of the one that idles longest", () =>
  scene(async (pool, _hangUp, server) => {
    const [first, second] = await burst(pool, 2);
    const fresh = pool.fresh();
    await use(fresh);
    pool.giveBack(fresh);
    await Promise.race(server.connections.map(({ closed }) => closed));
    assertEquals([first?.open, second?.open, fresh.open], [false, true, true]);
    assertEquals([pool.take() === fresh, pool.take() === second], [true, true]);
  }));
