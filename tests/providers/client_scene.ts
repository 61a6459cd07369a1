import { Deadlines } from "../../lib/deadlines.ts";
import { HttpClient, type HttpClientOptions } from "../../lib/providers/http_client.ts";
import type { UpstreamBody, UpstreamHandle } from "../../lib/providers/provider.ts";
import type { Route } from "../../lib/providers/route.ts";
import { ManualClock } from "../manual_clock.ts";
import { RecordedAnswer } from "./recorded_answer.ts";

export const BODY = new TextEncoder().encode('{"model":"m"}');
export const TIMEOUTS = { connect: 5_000, firstChunk: 10_000, betweenChunks: 10_000, total: 0 };

export interface Call {
  readonly answer: RecordedAnswer;
  readonly handle: UpstreamHandle;
}

export interface Scene<Server> {
  readonly server: Server;
  readonly client: HttpClient;
  readonly clock: ManualClock;
  /** Sends JSON, default {@linkcode BODY} to `/v1/x`. */
  post(path?: string, body?: UpstreamBody | null, headers?: string[]): Call;
}

/** A client of a server, whose time stands still, and the end of both. */
export async function clientScene<Server extends { close(): Promise<void> }>(
  server: Server,
  route: Route,
  test: (scene: Scene<Server>) => Promise<void>,
  options: Partial<HttpClientOptions> = {},
): Promise<void> {
  const clock = new ManualClock();
  const client = new HttpClient({
    route,
    maxConnections: 64,
    maxQueue: 64,
    timeouts: TIMEOUTS,
    deadlines: new Deadlines(clock),
    ...options,
  });
  const handles: UpstreamHandle[] = [];
  const post: Scene<Server>["post"] = (path = "/v1/x", body = BODY, headers = []) => {
    const answer = new RecordedAnswer();
    const sent = ["content-type", "application/json", ...headers];
    const handle = client.send("POST", path, sent, body, null, answer);
    handles.push(handle);
    return { answer, handle };
  };
  try {
    await test({ server, client, clock, post });
  } finally {
    for (const handle of handles) handle.abort();
    await client.close();
    await server.close();
  }
}
