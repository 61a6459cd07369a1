/** One script, two protocols: what the contract of the HTTP client is tried on. */
import { UpstreamServer } from "../e2e/upstream_server.ts";
import { RawHttp2Server } from "./http2/raw_http2_server.ts";

/** A request that has arrived, and what the script does with it. */
export interface ScriptedCall {
  readonly path: string;
  header(name: string): string | null;
  readonly body: string;
  /** Status and headers of an answer whose length is not told. */
  head(status: number, headers?: Readonly<Record<string, string>>): Promise<void>;
  data(text: string): Promise<void>;
  end(): Promise<void>;
  answer(text: string, status?: number, headers?: Readonly<Record<string, string>>): Promise<void>;
  /** Closes the connection in the middle of whatever there is. */
  cut(): void;
  /** Resolves when the client gives the request up. */
  readonly givenUp: Promise<unknown>;
}

export type ServerScript = (call: ScriptedCall) => Promise<void> | void;

export interface ScriptedServer {
  readonly url: URL;
  /** Connections so far. */
  readonly accepted: () => number;
  close(): Promise<void>;
}

export const PROTOCOLS = ["HTTP/1.1", "HTTP/2"] as const;

export function serveScript(protocol: typeof PROTOCOLS[number], script: ServerScript): ScriptedServer {
  return protocol === "HTTP/2" ? overHttp2(script) : overHttp1(script);
}

function overHttp1(script: ServerScript): ScriptedServer {
  const server = new UpstreamServer((call) =>
    script({
      path: call.path,
      header: (name) => call.headers.get(name),
      body: call.text,
      head: (status, headers = {}) => call.head(status, headers),
      data: (text) => call.chunk(text),
      end: () => call.end(),
      answer: (text, status = 200, headers = {}) => call.answer(status, text, headers),
      cut: () => call.cut(),
      givenUp: call.closed,
    })
  );
  return {
    url: new URL(server.origin),
    accepted: () => server.accepted,
    close: () => server[Symbol.asyncDispose](),
  };
}

function overHttp2(script: ServerScript): ScriptedServer {
  const server = new RawHttp2Server((stream) =>
    script({
      path: stream.path,
      header: (name) => stream.headers.get(name === "host" ? ":authority" : name) ?? null,
      body: stream.body,
      head: (status, headers = {}) => stream.head(status, Object.entries(headers).flat()),
      data: (text) => stream.data(text),
      end: () => stream.end(),
      answer: (text, status = 200, headers = {}) =>
        stream.answer(text, status, Object.entries(headers).flat()),
      cut: () => stream.connection.close(),
      givenUp: stream.closed,
    })
  );
  return { url: server.url, accepted: () => server.connections.length, close: () => server.close() };
}
