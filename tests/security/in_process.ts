/** The whole gateway without its sockets to clients: for tests that ask it hundreds of thousands of times. */
import { type Application, buildApplication } from "../../lib/assembly/application.ts";
import { type Foundation, openFoundation } from "../../lib/assembly/foundation.ts";
import { loadConfig } from "../../lib/config/load.ts";
import type { ConnectionInfo, ServerHandler } from "../../lib/server/engine.ts";
import type { Route } from "../../lib/server/router.ts";

const ORIGIN = "http://gateway.test";

export class InProcessGateway implements AsyncDisposable {
  readonly #foundation: Foundation;
  readonly #application: Application;
  #log: string[] = [];

  private constructor(foundation: Foundation, application: Application, log: string[]) {
    this.#foundation = foundation;
    this.#application = application;
    this.#log = log;
  }

  /** @param keepsLog whether lines are kept; of many thousands of requests they would fill memory. */
  static async start(text: string, keepsLog = false): Promise<InProcessGateway> {
    const { config } = loadConfig({
      path: "config.yaml",
      text,
      env: () => undefined,
      readFile(path) {
        throw new Deno.errors.NotFound(path);
      },
    });
    const log: string[] = [];
    const writer = {
      write(bytes: Uint8Array) {
        if (keepsLog) log.push(new TextDecoder().decode(bytes));
        return Promise.resolve(bytes.length);
      },
    };
    const foundation = await openFoundation(config, { version: "0.0.0", writer, terminal: false });
    const application = await buildApplication(config, foundation, {
      before: null,
      draining: () => false,
      admin: { together: null, reload: () => Promise.resolve({ ok: true, warnings: [] }) },
    });
    application.begin();
    return new InProcessGateway(foundation, application, log);
  }

  get routes(): readonly Route[] {
    return this.#application.routes;
  }

  /** What it logged so far. */
  async log(): Promise<string> {
    await this.#foundation.telemetry.recorder.openOnesEnded();
    this.#foundation.telemetry.takeSnapshot();
    return this.#log.join("");
  }

  /** @param path whatever stands behind the origin. */
  ask(path: string, init: RequestInit = {}): Promise<Response> {
    return this.handle(new Request(ORIGIN + path, init));
  }

  handle(request: Request): Promise<Response> {
    return this.#application.handler(request, connection());
  }

  /** For a server in front of it. */
  get handler(): ServerHandler {
    return this.#application.handler;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#application.retire();
    await this.#application.close();
    this.#foundation.backgroundRuns.close();
    await this.#foundation.close();
    await this.#foundation.telemetry.shutdown();
  }
}

let connections = 0;

/** Each comes from elsewhere, so that wrong keys, which are counted by address, stand in no probe's way. */
function connection(): ConnectionInfo {
  const number = connections++;
  return {
    remoteAddress: `10.${number >> 16 & 255}.${number >> 8 & 255}.${number & 255}`,
    streamed: false,
    sending: false,
    gone: false,
    onGone: null,
    closing: false,
    abort() {},
  };
}
