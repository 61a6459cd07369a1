import { RedisServer } from "../redis_server.ts";

/** A master, a replica of it, and three Sentinels that agree on either after a third of a second. */
export class Sentinels implements AsyncDisposable {
  private constructor(
    readonly master: RedisServer,
    readonly replica: RedisServer,
    readonly sentinels: readonly RedisServer[],
    readonly folder: string,
  ) {}

  static async start(): Promise<Sentinels> {
    const folder = await Deno.makeTempDir();
    const master = await RedisServer.start();
    const replica = await RedisServer.start("--replicaof", "127.0.0.1", `${master.port}`);
    const sentinels = await Promise.all([0, 1, 2].map(async (number) => {
      const file = `${folder}/${number}.conf`;
      await Deno.writeTextFile(
        file,
        `sentinel monitor main 127.0.0.1 ${master.port} 2
sentinel down-after-milliseconds main 300
sentinel failover-timeout main 3000
`,
      );
      return await RedisServer.start(file, "--sentinel");
    }));
    const all = new Sentinels(master, replica, sentinels, folder);
    for (const sentinel of sentinels) await sentinel.until(["SENTINEL", "REPLICAS", "main"], "slave");
    for (const sentinel of sentinels) await sentinel.until(["SENTINEL", "CKQUORUM", "main"], "3 usable");
    return all;
  }

  get addresses(): string[] {
    return this.sentinels.map(({ port }) => `127.0.0.1:${port}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.master, this.replica, ...this.sentinels].map((each) => each.stop()));
    await Deno.remove(this.folder, { recursive: true });
  }
}
