import { freePort } from "../../free_port.ts";
import { RedisServer } from "../redis_server.ts";

/** Three masters with a third of the slots each, and a replica of the first. */
export class Cluster implements AsyncDisposable {
  private constructor(
    readonly masters: readonly [RedisServer, RedisServer, RedisServer],
    readonly replica: RedisServer,
    readonly folder: string,
  ) {}

  static async start(): Promise<Cluster> {
    const folder = await Deno.makeTempDir();
    const buses: number[] = [];
    const start = async (number: number) => {
      const bus = freePort();
      buses[number] = bus;
      return await RedisServer.start(
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
      );
    };
    const nodes = await Promise.all([start(0), start(1), start(2), start(3)]);
    const [one, two, three, replica] = nodes;
    await one.ask("CLUSTER", "ADDSLOTSRANGE", "0", "5460");
    await two.ask("CLUSTER", "ADDSLOTSRANGE", "5461", "10922");
    await three.ask("CLUSTER", "ADDSLOTSRANGE", "10923", "16383");
    for (const [number, node] of nodes.entries()) {
      if (number > 0) await one.ask("CLUSTER", "MEET", "127.0.0.1", `${node.port}`, `${buses[number]}`);
    }
    for (const node of nodes) await node.until(["CLUSTER", "INFO"], "cluster_state:ok");
    for (const node of nodes) await node.until(["CLUSTER", "INFO"], "cluster_known_nodes:4");
    const id = String(await one.ask("CLUSTER", "MYID"));
    await replica.until(["CLUSTER", "REPLICATE", id], "OK");
    await replica.until(["INFO", "replication"], "master_link_status:up");
    for (const node of nodes) await node.until(["CLUSTER", "NODES"], "slave");
    return new Cluster([one, two, three], replica, folder);
  }

  get urls(): string[] {
    return this.masters.map(({ url }) => url);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.masters, this.replica].map((each) => each.stop()));
    await Deno.remove(this.folder, { recursive: true });
  }
}
