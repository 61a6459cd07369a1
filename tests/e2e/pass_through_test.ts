/** Uploads and downloads that are passed on as they come, when something goes wrong with them. */
import { assert, assertEquals } from "@std/assert";
import { RawClient } from "../server/raw_client.ts";
import { GatewayProcess, type LogLine } from "./gateway_process.ts";

type Script = (request: Request) => Response | Promise<Response>;

const UPSTREAM_KEY = "planted-upstream-key";

class Setup implements AsyncDisposable {
  private constructor(
    readonly gateway: GatewayProcess,
    private readonly server: Deno.HttpServer<Deno.NetAddr>,
    private readonly scripts: { current: Script },
  ) {}

  static async start(): Promise<Setup> {
    const scripts: { current: Script } = {
      current: () => new Response("nobody planned this", { status: 500 }),
    };
    const server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {}, onError: () => new Response(null, { status: 500 }) },
      (request) => scripts.current(request),
    );
    // On a busy machine a client that pushes megabytes is held up for tenths of a second: the time-out of bodies is longer.
    const config = `
server: { drain_delay: 0s, max_body_size: 1MiB, max_upload_size: 64MiB, body_timeout: 1500ms }
logging: { format: json }
providers:
  up: { type: openai, base_url: "http://127.0.0.1:${server.addr.port}/v1", api_key: ${UPSTREAM_KEY} }
  nobody: { type: openai, base_url: "http://127.0.0.1:1/v1", api_key: ${UPSTREAM_KEY} }
models:
  whisper: up/whisper-at-the-provider
  refused: { targets: [{ provider: nobody, model: first }, { provider: up, model: second, weight: 0 }] }
retry: { attempts: 2, base_delay: 5ms }
pass_through: { provider: up }
`;
    return new Setup(await GatewayProcess.start({ config }), server, scripts);
  }

  upstream(script: Script): void {
    this.scripts.current = script;
  }

  get url(): string {
    return this.gateway.url;
  }

  connect(): Promise<RawClient> {
    return RawClient.connect(Number(new URL(this.url).port));
  }

  closing(id: string): Promise<LogLine> {
    return this.gateway.log((line) => line.request_id === id && line.event !== "request.start");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway.stop();
    await this.server.shutdown();
  }
}

const PART = 'Content-Disposition: form-data; name="file"; filename="f"\r\n\r\n';
const MODEL = 'Content-Disposition: form-data; name="model"\r\n\r\n';

/** The head of a request with a form. @param length null: it comes in chunks. */
function head(path: string, id: string, length: number | null): string {
  const framing = length === null ? "transfer-encoding: chunked" : `content-length: ${length}`;
  return `POST ${path} HTTP/1.1\r\nhost: x\r\nx-request-id: ${id}\r\n` +
    `content-type: multipart/form-data; boundary=b\r\n${framing}\r\n\r\n`;
}

function chunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}

/** Reads what comes and answers nothing until it is over. */
async function swallow(request: Request): Promise<Response> {
  try {
    await request.bytes();
    return Response.json({ id: "file-1" });
  } catch {
    return Response.json({ error: { message: "broken" } }, { status: 400 });
  }
}

const MIB = 1024 * 1024;

Deno.test("uploads and downloads that go wrong", async (t) => {
  await using setup = await Setup.start();
  const { url } = setup;

  await t.step("the model is renamed in a form that goes on as it comes", async () => {
    let seen: { form: FormData; length: string | null; key: string | null } | null = null;
    setup.upstream(async (request) => {
      const { headers } = request;
      seen = {
        length: headers.get("content-length"),
        key: headers.get("authorization"),
        form: await request.formData(),
      };
      return Response.json({ text: "hello" });
    });
    const form = new FormData();
    form.append("model", "whisper");
    form.append("file", new File([new Uint8Array(2 * MIB).fill(7)], "a.mp3"));
    form.append("prompt", "x");
    const answer = await fetch(`${url}/v1/audio/transcriptions`, { method: "POST", body: form });
    assertEquals([answer.status, await answer.json()], [200, { text: "hello" }]);
    const { form: got, length, key } = seen as unknown as { form: FormData; length: string; key: string };
    assertEquals([got.get("model"), got.get("prompt")], ["whisper-at-the-provider", "x"]);
    assertEquals((got.get("file") as File).size, 2 * MIB);
    assert(Number(length) > 2 * MIB, "the length is known to the provider");
    assertEquals(key, `Bearer ${UPSTREAM_KEY}`);
  });

  await t.step("an upload goes on to the next target where the first one cannot be reached", async () => {
    setup.upstream(async (request) => Response.json({ text: (await request.formData()).get("model") }));
    const form = new FormData();
    form.append("model", "refused");
    form.append("file", new File([new Uint8Array(2 * MIB)], "a.mp3"));
    const answer = await fetch(`${url}/v1/audio/transcriptions`, { method: "POST", body: form });
    assertEquals(await answer.json(), { text: "second" });
    assertEquals(answer.headers.get("x-gateway-attempts"), "2");
  });

  await t.step("an upload over the limit is refused while it comes", async () => {
    setup.upstream(swallow);
    using client = await setup.connect();
    await client.send(head("/v1/files", "too-large", null) + chunk(`--b\r\n${PART}`));
    const piece = chunk("x".repeat(MIB));
    // Once it is refused it is listened to for a second, and may take longer to send the rest.
    for (let sent = 0; sent < 65; sent++) await client.send(piece).catch(() => {});
    const answer = await client.receive("\r\n\r\n{");
    assert(answer.startsWith("HTTP/1.1 413 "), answer);
    const line = await setup.closing("too-large");
    assertEquals([line.status, line.error_type, line.event], [413, "request_too_large", "request.rejected"]);
  });

  await t.step("one that says that it is over the limit is refused at once", async () => {
    let asked = 0;
    setup.upstream((request) => {
      asked++;
      return swallow(request);
    });
    using client = await setup.connect();
    await client.send(head("/v1/files", "declared", 65 * MIB) + `--b\r\n${PART}x`);
    assert((await client.receive("\r\n\r\n{")).startsWith("HTTP/1.1 413 "));
    assertEquals(asked, 0);
  });

  await t.step("a form whose model is too far behind is refused", async () => {
    using client = await setup.connect();
    await client.send(head("/v1/audio/transcriptions", "too-far", null) + chunk(`--b\r\n${PART}`));
    await client.send(chunk("x".repeat(MIB)));
    assert((await client.receive("\r\n\r\n{")).startsWith("HTTP/1.1 413 "));
  });

  await t.step("an upload that stops is given up", async () => {
    setup.upstream(swallow);
    using client = await setup.connect();
    await client.send(head("/v1/files", "stalled", 2 * MIB) + `--b\r\n${PART}some`);
    assert((await client.receive("\r\n\r\n{")).startsWith("HTTP/1.1 408 "));
    assertEquals((await setup.closing("stalled")).status, 408);
  });

  await t.step("a second model behind the one that was looked up is refused", async () => {
    setup.upstream(swallow);
    using client = await setup.connect();
    const body = `--b\r\n${MODEL}whisper\r\n--b\r\n${PART}`;
    await client.send(head("/v1/audio/transcriptions", "twice", null) + chunk(body));
    await client.send(chunk("x".repeat(400_000)));
    await client.send(chunk(`\r\n--b\r\n${MODEL}another\r\n--b--\r\n`) + "0\r\n\r\n");
    const answer = await client.receive("twice.");
    assert(answer.startsWith("HTTP/1.1 400 "), answer);
  });

  await t.step(
    "a client that leaves while it sends is counted as left, and the provider is let go",
    async () => {
      const arrived = Promise.withResolvers<void>();
      const left = Promise.withResolvers<void>();
      setup.upstream(async (request) => {
        const reader = request.body?.getReader();
        try {
          for (let read = await reader?.read(); read?.done === false; read = await reader?.read()) {
            arrived.resolve();
          }
        } catch { /* that is the point */ }
        left.resolve();
        return new Response(null, { status: 400 });
      });
      const client = await setup.connect();
      await client.send(head("/v1/files", "leaving", 2 * MIB) + `--b\r\n${PART}${"x".repeat(300_000)}`);
      await arrived.promise;
      client.close();
      await left.promise;
      const line = await setup.closing("leaving");
      assertEquals([line.status, line.event], [499, "request.cancelled"]);
    },
  );

  await t.step("a provider that answers before it has read all is heard", async () => {
    setup.upstream(() => Response.json({ error: { message: "no such purpose" } }, { status: 400 }));
    using client = await setup.connect();
    await client.send(head("/v1/files", "early", 3 * MIB) + `--b\r\n${PART}`);
    const sending = (async () => {
      for (let sent = 0; sent < 3; sent++) await client.send("x".repeat(MIB)).catch(() => {});
    })();
    const answer = await client.receive("\r\n\r\n{");
    await sending;
    assert(answer.startsWith("HTTP/1.1 400 "), answer);
    assertEquals((await setup.closing("early")).status, 400);
  });

  await t.step("a provider that does not read holds the client back", async () => {
    const read = Promise.withResolvers<void>();
    setup.upstream(async (request) => {
      await read.promise;
      return await swallow(request);
    });
    using client = await setup.connect();
    const [before, after] = [`--b\r\n${PART}`, "\r\n--b--\r\n"];
    const pieces = 960;
    const piece = "x".repeat(64 * 1024);
    await client.send(
      head("/v1/files", "held", before.length + pieces * piece.length + after.length) + before,
    );
    let sent = 0;
    const sending = (async () => {
      for (; sent < pieces; sent++) await client.send(piece);
      await client.send(after);
    })();
    for (let last = -1; sent !== last;) {
      last = sent;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    assert(sent < pieces / 2, `${sent} of ${pieces} pieces went to a provider that reads nothing`);
    read.resolve();
    await sending;
    assert((await client.receive("file-1")).startsWith("HTTP/1.1 200 "));
    const line = await setup.closing("held");
    assertEquals([line.status, sent], [200, pieces]);
  });

  await t.step("a download that breaks off breaks off for the client, too", async () => {
    setup.upstream(() => {
      const body = new ReadableStream({
        async start(controller) {
          controller.enqueue(new Uint8Array(100_000));
          await new Promise((resolve) => setTimeout(resolve, 20));
          controller.error(new Error("cut"));
        },
      });
      return new Response(body, { headers: { "content-type": "application/octet-stream" } });
    });
    const answer = await fetch(`${url}/v1/files/file-1/content`);
    assertEquals(answer.status, 200);
    let failed = false;
    await answer.bytes().catch(() => failed = true);
    assert(failed, "a part of a file must not look like all of it");
    const line = await setup.closing(answer.headers.get("x-request-id") ?? "");
    assertEquals([line.status, line.event], [502, "request.error"]);
  });

  await t.step("a client that does not read a download holds the provider back", async () => {
    let sent = 0;
    setup.upstream(() => {
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          sent += MIB;
          controller.enqueue(new Uint8Array(MIB));
          if (sent >= 512 * MIB) controller.close();
        },
      }, { highWaterMark: 0 });
      return new Response(body, { headers: { "content-type": "application/octet-stream" } });
    });
    const answer = await fetch(`${url}/v1/files/file-1/content`);
    let before = -1;
    while (sent !== before) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    assert(sent < 128 * MIB, `${sent / MIB} MiB were sent to a client that reads nothing`);
    await answer.body?.cancel();
    const line = await setup.closing(answer.headers.get("x-request-id") ?? "");
    assertEquals([line.status, line.event], [499, "request.cancelled"]);
  });

  await t.step("of a provider's headers only those go on that are meant for clients", async () => {
    setup.upstream(() =>
      new Response("x", {
        headers: {
          "content-type": "text/plain",
          "content-disposition": "attachment",
          "set-cookie": "a=b",
          "x-internal": UPSTREAM_KEY,
        },
      })
    );
    const { headers, body } = await fetch(`${url}/v1/files/file-1/content`);
    await body?.cancel();
    assertEquals([headers.get("content-type"), headers.get("content-disposition")], [
      "text/plain",
      "attachment",
    ]);
    assertEquals([headers.get("set-cookie"), headers.get("x-internal")], [null, null]);
  });

  await t.step("a path's parameters stay one segment", async () => {
    let path = "";
    setup.upstream((request) => {
      path = new URL(request.url).pathname;
      return Response.json({});
    });
    await (await fetch(`${url}/v1/files/a%3Fb%20c`)).body?.cancel();
    assertEquals(path, "/v1/files/a%3Fb%20c");
    assertEquals((await fetch(`${url}/v1/files/a%2Fb/content`)).status, 400);
  });

  const UNKNOWN: readonly [method: string, path: string, status: number, says: string][] = [
    ["POST", "/v1/audio/speach", 404, "Did you mean '/v1/audio/speech'?"],
    ["GET", "/v1/file", 404, "Did you mean '/v1/files'?"],
    ["PUT", "/v1/files/file-1", 405, "use GET or HEAD or DELETE"],
    ["DELETE", "/v1/batches/b/cancel", 405, "use POST"],
    ["GET", "/v1/moderations", 405, "use POST"],
    ["POST", "/openai/deployments/m/chat/completion", 404, "/chat/completions'?"],
  ];
  for (const [method, path, status, says] of UNKNOWN) {
    await t.step(`${method} ${path} is answered ${status}`, async () => {
      const answer = await fetch(url + path, { method });
      const { error } = await answer.json();
      assertEquals(answer.status, status);
      assert(error.message.includes(says), error.message);
    });
  }

  await t.step("nothing shows the provider's key", () => {
    assert(!setup.gateway.lines.join("\n").includes(UPSTREAM_KEY));
  });
});

Deno.test("what names no model says what is missing", async (t) => {
  const start = (settings: string) =>
    GatewayProcess.start({
      config: `
server: { drain_delay: 0s }
providers:
  mock: { type: mock }
  anthropic: { type: anthropic, api_key: "a-key-of-ours", base_url: "http://127.0.0.1:1" }
  openai: { type: openai, api_key: "\${NO_SUCH_VARIABLE}" }
models: { m: mock/m }
${settings}`,
    });
  const CASES: readonly [settings: string, says: string][] = [
    ["", "set 'pass_through.provider' in the configuration"],
    ["pass_through: { provider: openai }", "the provider 'openai' is switched off, set NO_SUCH_VARIABLE"],
    [
      "pass_through: { provider: anthropic }",
      "'anthropic', which answers what names no model, does not offer files",
    ],
  ];
  for (const [settings, says] of CASES) {
    await t.step(settings || "nothing", async () => {
      const gateway = await start(settings);
      try {
        const answer = await fetch(`${gateway.url}/v1/files`);
        const { error } = await answer.json();
        assertEquals([answer.status, error.code], [404, "unsupported_operation"]);
        assert(error.message.includes(says), error.message);
        const speech = await fetch(`${gateway.url}/v1/audio/speech`, {
          method: "POST",
          body: '{"input":"x"}',
        });
        assertEquals([speech.status, (await speech.json()).error.param], [400, "model"]);
        const form = new FormData();
        form.append("file", new File(["x"], "x.mp3"));
        const heard = await fetch(`${gateway.url}/v1/audio/transcriptions`, { method: "POST", body: form });
        assertEquals([heard.status, (await heard.json()).error.code], [400, "missing_required_parameter"]);
      } finally {
        await gateway.stop();
      }
    });
  }
});
