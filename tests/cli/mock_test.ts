import { assertEquals, assertMatch } from "@std/assert";
import { run } from "../../lib/cli/run.ts";
import { fakeSystem } from "./fake_system.ts";

Deno.test("gateway mock serves until it is told to stop", async () => {
  const { promise: address, resolve } = Promise.withResolvers<string>();
  const system = fakeSystem();
  const code = run(["mock", "--port", "0"], {
    ...system,
    out: (line) => resolve(/http:\S+/.exec(line)?.[0] ?? ""),
  });
  const url = await address;
  assertMatch(url, /^http:\/\/127\.0\.0\.1:\d+$/);
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    body: JSON.stringify({ model: "m", messages: [{ role: "user", content: "hi" }] }),
  });
  assertEquals(response.status, 200);
  assertEquals((await response.json()).object, "chat.completion");
  system.signal("SIGTERM");
  assertEquals(await code, 0);
});

Deno.test("gateway mock exits 2 where a flag means nothing", async () => {
  for (
    const [args, message] of [
      [["--port", "http"], '--port: expected an integer from 0 to 65535, got "http"'],
      [
        ["--behaviour", "latency=x"],
        '--behaviour: Invalid behaviour "latency=x": expected a duration such as 200ms or 2s',
      ],
    ] as const
  ) {
    const system = fakeSystem();
    assertEquals(await run(["mock", ...args], system), 2);
    assertEquals(system.errors[0], `gateway: ${message}`);
  }
});

Deno.test("gateway mock exits 1 where the port is taken", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const system = fakeSystem();
  assertEquals(await run(["mock", "--port", String(port)], system), 1);
  assertEquals(system.errors, [`gateway: cannot listen on 127.0.0.1:${port}: the address is in use`]);
});
