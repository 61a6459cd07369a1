import { freePort } from "../../free_port.ts";
import { RedisServer } from "../redis_server.ts";
import { type TlsFiles, tlsPort } from "./tls_port.ts";

/** Three masters with a third of the slots each, and a replica of the first. */
export class Cluster implements AsyncDisposable {
  private constructor(
    readonly masters: readonly [RedisServer, RedisServer, RedisServer],
    readonly replica: RedisServer,
    readonly folder: string,
    /** As clients know them. */
    readonly urls: readonly string[],
  ) {}

  /** @param tls nodes speak it to clients and to each other; tests may ask them in plain text. */
  static async start(tls: TlsFiles | null = null): Promise<Cluster> {
    const folder = await Deno.makeTempDir();
    const buses: number[] = [];
    const ports: number[] = [];
    const start = async (number: number) => {
      const bus = freePort();
      buses[number] = bus;
      const secure = tls === null ? null : tlsPort(tls, "--tls-cluster", "yes");
      const node = await RedisServer.start(
        "--cluster-enabled",
        "yes",
        "--cluster-config-file",
        `${folder}/${number}.conf`,
        "--cluster-port",
        `${bus}`,
        "--cluster-node-timeout",
        "500",
        "--cluster-replica-validity-factor",
        "0",
        ...secure?.args ?? [],
      );
      ports[number] = secure?.port ?? node.port;
      return node;
    };
    const nodes = await Promise.all([start(0), start(1), start(2), start(3)]);
    const [one, two, three, replica] = nodes;
    await one.ask("CLUSTER", "ADDSLOTSRANGE", "0", "5460");
    await two.ask("CLUSTER", "ADDSLOTSRANGE", "5461", "10922");
    await three.ask("CLUSTER", "ADDSLOTSRANGE", "10923", "16383");
    for (const number of nodes.keys()) {
      if (number > 0) await one.ask("CLUSTER", "MEET", "127.0.0.1", `${ports[number]}`, `${buses[number]}`);
    }
    for (const node of nodes) await node.until(["CLUSTER", "INFO"], "cluster_state:ok");
    for (const node of nodes) await node.until(["CLUSTER", "INFO"], "cluster_known_nodes:4");
    const id = String(await one.ask("CLUSTER", "MYID"));
    await replica.until(["CLUSTER", "REPLICATE", id], "OK");
    await replica.until(["INFO", "replication"], "master_link_status:up");
    for (const node of nodes) await node.until(["CLUSTER", "NODES"], "slave");
    const scheme = tls === null ? "redis" : "rediss";
    const urls = ports.slice(0, 3).map((port) => `${scheme}://127.0.0.1:${port}`);
    return new Cluster([one, two, three], replica, folder, urls);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.masters, this.replica].map((each) => each.stop()));
    await Deno.remove(this.folder, { recursive: true });
  }
}
