import { assertEquals, assertStringIncludes } from "@std/assert";
import { run } from "../../lib/cli/run.ts";
import { fakeSystem } from "./fake_system.ts";

/** Runs the command against a server that answers so. */
async function check(
  answer: (request: Request) => Response,
  config = "",
  host = "127.0.0.1",
): Promise<{ code: number; errors: string[] }> {
  await using server = Deno.serve({ hostname: host, port: 0, onListen() {} }, answer);
  const system = fakeSystem({ "config.yaml": config }, { HTTP_PROXY: "http://127.0.0.1:1" });
  const code = await run(["healthcheck", "--port", String(server.addr.port)], system);
  return { code, errors: system.errors };
}

Deno.test("healthcheck exits 0 where the gateway is alive", async () => {
  const paths: string[] = [];
  const { code, errors } = await check((request) => {
    paths.push(new URL(request.url).pathname);
    return new Response("ok");
  });
  assertEquals([code, errors, paths], [0, [], ["/livez"]]);
});

Deno.test("healthcheck takes being asked for a key for a sign of life", async () => {
  assertEquals((await check(() => new Response(null, { status: 401 }))).code, 0);
});

Deno.test("healthcheck exits 1 where the gateway answers that it is not", async () => {
  const { code, errors } = await check(() => new Response(null, { status: 503 }));
  assertEquals(code, 1);
  assertStringIncludes(errors.join(), "answered 503");
});

Deno.test("healthcheck names a host that the gateway answers to", async () => {
  const hosts: (string | null)[] = [];
  await check((request) => {
    hosts.push(request.headers.get("host"));
    return new Response();
  }, "server: { allowed_hosts: [llm.example] }");
  assertEquals(hosts, ["llm.example"]);
});

Deno.test("healthcheck exits 1 where nothing listens", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const system = fakeSystem({ "config.yaml": "" });
  assertEquals(await run(["healthcheck", "--port", String(port)], system), 1);
  assertStringIncludes(system.errors.join(), `http://127.0.0.1:${port}/livez does not answer`);
});

Deno.test("healthcheck exits 1 where what answers does not speak HTTP", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const served = listener.accept().then(async (connection) => {
    await connection.write(new TextEncoder().encode("SSH-2.0-x\r\n"));
    connection.close();
  });
  const system = fakeSystem({ "config.yaml": "" });
  assertEquals(await run(["healthcheck", "--port", String(listener.addr.port)], system), 1);
  await served;
});

Deno.test("healthcheck exits 1 where the configuration is not good", async () => {
  assertEquals(await run(["healthcheck"], fakeSystem({ "config.yaml": "prot: 1" })), 1);
});
