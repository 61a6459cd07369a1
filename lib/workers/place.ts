import { Channel } from "./channel.ts";
import type { Hello, SupervisorMethods, WorkerMethods } from "./protocol.ts";

export type SupervisorChannel = Channel<WorkerMethods, SupervisorMethods>;

/**
 * Reads what a worker is told at its start.
 * @param input stays open for as long as the supervisor lives.
 * @param orphaned called at its end.
 * @throws {Error} where it is no such thing: nobody but a supervisor starts workers.
 */
export async function readHello(input: ReadableStream<Uint8Array>, orphaned: () => void): Promise<Hello> {
  const reader = input.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { done, value } = await reader.read();
    if (done) throw new Error("Cannot start: workers are started by their supervisor alone");
    text += value;
  }
  const wait = async () => {
    try {
      while (!(await reader.read()).done);
    } finally {
      orphaned();
    }
  };
  wait().catch(() => {});
  return JSON.parse(text.slice(0, text.indexOf("\n")));
}

/** Connects to the supervisor. @param orphaned called when the connection is lost. */
export async function joinSupervisor(
  hello: Hello,
  methods: WorkerMethods,
  orphaned: () => void,
): Promise<SupervisorChannel> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: hello.supervisor });
  const channel: SupervisorChannel = new Channel<WorkerMethods, SupervisorMethods>(conn, methods);
  channel.closed.then(orphaned);
  channel.tell("join", hello.token);
  return channel;
}
