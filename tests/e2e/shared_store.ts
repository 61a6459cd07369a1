import { GatewayProcess } from "./gateway_process.ts";

/** Providers and models of a gateway that needs nobody else. */
export const MOCK = "providers: { mock: { type: mock } }\nmodels: { m: mock/m }";

/** Gateways that share one file. */
export class SharedStore implements AsyncDisposable {
  readonly path: string;
  readonly #own: string | null;
  readonly #gateways: GatewayProcess[] = [];

  /** @param directory one that the test brings; else it has one of its own. */
  constructor(directory?: string) {
    this.#own = directory === undefined ? Deno.makeTempDirSync({ prefix: "conversations-" }) : null;
    this.path = `${directory ?? this.#own}/conversations.db`;
  }

  /**
   * @param sections of the configuration.
   * @param more keys of `conversations`.
   * @param server keys of `server`.
   */
  async start(sections = MOCK, more = "", server = ""): Promise<GatewayProcess> {
    const config = `
server: { drain_delay: 0s, ${server} }
logging: { format: json }
conversations: { path: ${this.path}, ${more} }
${sections}`;
    const gateway = await GatewayProcess.start({ config });
    this.#gateways.push(gateway);
    return gateway;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#gateways.map((gateway) => gateway.stop()));
    if (this.#own !== null) await Deno.remove(this.#own, { recursive: true });
  }
}
