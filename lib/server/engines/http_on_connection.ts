/**
 * Deno's own server on a connection that was accepted elsewhere: `serveHttpOnConnection`, on which its `node:http`
 * is built. It is internal, so nothing outside this file touches it, and {@linkcode findServeOnConnection} tries
 * it on a real connection before anything relies on it.
 */

/** Takes the place of an `AbortSignal`: its one listener cancels the connection. */
export interface CancelHook {
  addEventListener(type: "abort", cancel: () => void): void;
}

export interface ServedConnection {
  /** Resolves or rejects once the connection is closed. */
  readonly finished: Promise<void>;
  /** Lets the request under way end and closes then. The connection cannot be cancelled any more. */
  shutdown(): Promise<void>;
}

export type ServeOnConnection = (
  connection: Deno.Conn,
  cancel: CancelHook,
  handler: (request: Request, info: Deno.ServeHandlerInfo) => Promise<Response>,
  onError: (error: unknown) => Response,
  onListen: (scheme: string) => void,
) => ServedConnection;

const TRIAL_MS = 1000;
const TRIAL_REQUEST = "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";
const TRIAL_STATUS = 299;

/** The function, or null where this runtime has none that behaves as the engine needs it. Takes a millisecond or two. */
export async function findServeOnConnection(): Promise<ServeOnConnection | null> {
  const serveOn = internalFunction();
  if (serveOn === null) return null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) => timer = setTimeout(resolve, TRIAL_MS, false));
  try {
    return await Promise.race([trial(serveOn), late]) ? serveOn : null;
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

function internalFunction(): ServeOnConnection | null {
  const { internal } = Deno as unknown as { internal?: symbol };
  if (internal === undefined) return null;
  const internals = (Deno as unknown as Record<symbol, Record<string, unknown> | undefined>)[internal];
  const serveOn = internals?.["serveHttpOnConnection"];
  return typeof serveOn === "function" ? serveOn as ServeOnConnection : null;
}

/** Whether a request is answered and a connection that idles after it can be cancelled. */
async function trial(serveOn: ServeOnConnection): Promise<boolean> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const [client, accepted] = await Promise.all([
    Deno.connect({ hostname: "127.0.0.1", port }),
    listener.accept(),
  ]);
  try {
    let cancel: (() => void) | null = null;
    const served = serveOn(
      accepted,
      { addEventListener: (_type, listener) => cancel = listener },
      () => Promise.resolve(new Response(null, { status: TRIAL_STATUS })),
      () => new Response(null, { status: 500 }),
      () => {},
    );
    await client.write(new TextEncoder().encode(TRIAL_REQUEST));
    const answer = new Uint8Array(64);
    const length = await client.read(answer) ?? 0;
    if (!new TextDecoder().decode(answer.subarray(0, length)).startsWith(`HTTP/1.1 ${TRIAL_STATUS}`)) {
      return false;
    }
    if (cancel === null) return false;
    (cancel as () => void)();
    await served.finished;
    return typeof served.shutdown === "function";
  } finally {
    client.close();
  }
}
