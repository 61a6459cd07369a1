import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { run } from "../../lib/cli/run.ts";
import { Exit, type FakeSystem, fakeSystem } from "./fake_system.ts";

const FILE = `server: { host: 127.0.0.1, port: 0, drain_delay: 200ms }
logging: { level: CRITICAL }
providers: { mock: { type: mock } }
models: { free: mock/x }
`;

/** Starts the gateway as on a terminal; the address is what its banner says. */
async function start(env: Readonly<Record<string, string>> = {}): Promise<{
  system: FakeSystem;
  url: string;
  code: Promise<number>;
}> {
  const system = fakeSystem({ "config.yaml": FILE }, env, true);
  const { promise, resolve } = Promise.withResolvers<string>();
  const code = run([], {
    ...system,
    out(line) {
      system.out(line);
      const url = / serves (\S+)/.exec(line)?.[1];
      if (url !== undefined) resolve(url);
    },
  });
  return { system, url: await promise, code };
}

Deno.test("gateway serves at the address that its banner names, until SIGTERM", async () => {
  const { system, url, code } = await start();
  const response = await fetch(`${url}/v1/responses`, {
    method: "POST",
    body: '{"model":"free","input":"hi"}',
  });
  assertEquals([response.status, (await response.json()).status], [200, "completed"]);
  system.signal("SIGTERM");
  assertEquals(await code, 0);
  assertStringIncludes(system.output.join("\n"), "Open requests may end; once more ends them now.");
});

Deno.test("gateway ends at once on a second signal, with the code of that signal", async () => {
  const { system, code } = await start();
  system.signal("SIGTERM");
  assertEquals(assertThrows(() => system.signal("SIGINT"), Exit).exitCode, 130);
  assertEquals(await code, 0);
});

Deno.test("gateway prints nothing of its own where nobody reads", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const system = fakeSystem({ "config.yaml": FILE }, { PORT: String(listener.addr.port) });
  assertEquals(await run(["serve"], system), 1);
  assertEquals(system.output, []);
  assertEquals(system.errors, [
    `gateway: cannot listen on 127.0.0.1:${listener.addr.port}: the address is in use`,
  ]);
});

Deno.test("gateway says which name it cannot listen on", async () => {
  const system = fakeSystem({ "config.yaml": FILE }, { PORT: "0" });
  assertEquals(await run(["serve", "--host", "no-such-host.invalid"], system), 1);
  assertEquals(system.errors, [
    'gateway: cannot listen on no-such-host.invalid:0: no address has the name "no-such-host.invalid"',
  ]);
});
