import { RedisServer } from "../redis_server.ts";
import { type TlsFiles, tlsPort } from "./tls_port.ts";

/** A master, a replica of it, and three Sentinels that agree on either after a third of a second. */
export class Sentinels implements AsyncDisposable {
  private constructor(
    readonly master: RedisServer,
    readonly replica: RedisServer,
    readonly sentinels: readonly RedisServer[],
    readonly folder: string,
    /** `HOST:PORT` each, as clients know them. */
    readonly addresses: readonly string[],
  ) {}

  /** @param tls all speak it to clients and to each other; tests may ask them in plain text. */
  static async start(tls: TlsFiles | null = null): Promise<Sentinels> {
    const folder = await Deno.makeTempDir();
    const secure = () => tls === null ? null : tlsPort(tls);
    const [ofMaster, ofReplica] = [secure(), secure()];
    const master = await RedisServer.start(...ofMaster?.args ?? []);
    const port = ofMaster?.port ?? master.port;
    const replica = await RedisServer.start("--replicaof", "127.0.0.1", `${port}`, ...ofReplica?.args ?? []);
    const ports: number[] = [];
    const sentinels = await Promise.all([0, 1, 2].map(async (number) => {
      const file = `${folder}/${number}.conf`;
      await Deno.writeTextFile(
        file,
        `sentinel monitor main 127.0.0.1 ${port} 2
sentinel down-after-milliseconds main 300
sentinel failover-timeout main 3000
`,
      );
      const own = secure();
      const sentinel = await RedisServer.start(file, "--sentinel", ...own?.args ?? []);
      ports[number] = own?.port ?? sentinel.port;
      return sentinel;
    }));
    const addresses = ports.map((port) => `127.0.0.1:${port}`);
    const all = new Sentinels(master, replica, sentinels, folder, addresses);
    for (const sentinel of sentinels) await sentinel.until(["SENTINEL", "REPLICAS", "main"], "slave");
    for (const sentinel of sentinels) await sentinel.until(["SENTINEL", "CKQUORUM", "main"], "3 usable");
    return all;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.master, this.replica, ...this.sentinels].map((each) => each.stop()));
    await Deno.remove(this.folder, { recursive: true });
  }
}
