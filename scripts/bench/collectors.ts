/** Collectors that a gateway exports to, and that fail as they are told. */
import { denoProgram, freePort, type Program, startProgram } from "./program.ts";

/** A collector that takes OTLP over HTTP and keeps nothing. */
export class RealCollector implements AsyncDisposable {
  readonly port = freePort();
  #running: Program | null = null;

  constructor(private readonly program: string, private readonly directory: string) {}

  async start(): Promise<void> {
    const file = `${this.directory}/collector-${this.port}.yaml`;
    await Deno.writeTextFile(
      file,
      `
receivers: { otlp: { protocols: { http: { endpoint: "127.0.0.1:${this.port}" } } } }
exporters: { file: { path: /dev/null } }
service:
  telemetry: { metrics: { level: none }, logs: { level: error } }
  pipelines: { traces: { receivers: [otlp], exporters: [file] } }
`,
    );
    this.#running = await startProgram({ command: [this.program, "--config", file], port: this.port });
  }

  async stop(): Promise<void> {
    await this.#running?.[Symbol.asyncDispose]();
    this.#running = null;
  }

  signal(signal: "SIGSTOP" | "SIGCONT"): Promise<void> {
    if (this.#running !== null) Deno.kill(this.#running.pid, signal);
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/** One that answers with the status that it was told. */
export class MoodyCollector implements AsyncDisposable {
  private constructor(private readonly program: Program) {}

  static async start(): Promise<MoodyCollector> {
    const port = freePort();
    const command = denoProgram("servers/moody_collector.ts", [`${port}`]);
    return new MoodyCollector(await startProgram({ command, port }));
  }

  get port(): number {
    return this.program.port;
  }

  async tell(status: number): Promise<void> {
    await (await fetch(`http://127.0.0.1:${this.port}/${status}`, { method: "PUT" })).body?.cancel();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
  }
}
