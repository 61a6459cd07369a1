/** A provider whose streams never end: it writes as fast as it is read, and counts. */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const CHUNK = `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"endless",` +
  `"choices":[{"index":0,"delta":{"content":"${"word ".repeat(200)}"},"finish_reason":null}]}\n\n`;

export class EndlessUpstream implements AsyncDisposable {
  /** Streams that are open now. */
  open = 0;
  /** Bytes that were given to the system, over all streams. */
  written = 0;
  port = 0;
  /** When each stream was closed, `performance.now()`. */
  readonly closedAt: number[] = [];
  readonly #server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { "content-type": "text/event-stream" });
    this.open++;
    response.on("close", () => {
      this.open--;
      this.closedAt.push(performance.now());
    });
    response.on("drain", () => this.#fill(response));
    this.#fill(response);
  });

  static async start(): Promise<EndlessUpstream> {
    const upstream = new EndlessUpstream();
    await new Promise<void>((resolve) => upstream.#server.listen(0, "127.0.0.1", 1024, resolve));
    upstream.port = (upstream.#server.address() as AddressInfo).port;
    return upstream;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #fill(response: ServerResponse): void {
    do this.written += CHUNK.length; while (response.write(CHUNK));
  }
}
