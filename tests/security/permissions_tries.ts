// deno-lint-ignore-file no-console -- its output is what it is for
/** Run by permissions_test.ts: gives up what `serve` gives up, and then tries everything. */
import { dropPermissions } from "../../lib/cli/permissions.ts";
import { loadConfig } from "../../lib/config/load.ts";

const [text = "", starts, folder = ""] = Deno.args;
const { config } = loadConfig({
  path: `${folder}/config.yaml`,
  text,
  env: () => undefined,
  readFile: () => "",
});
await dropPermissions(config, starts === "starts", true);

const TRIES: Readonly<Record<string, () => unknown>> = {
  "run another program": () => new Deno.Command("true").outputSync(),
  "load a library": () => Deno.dlopen("libc.so.6", {}),
  "ask who the machine is": () => Deno.hostname(),
  "write": () => Deno.writeTextFileSync(`${folder}/written`, ""),
  "remove": () => Deno.removeSync(`${folder}/config.yaml`),
  "write by a worker": () => inWorker(`Deno.writeTextFileSync(${JSON.stringify(`${folder}/written`)}, "")`),
  "run a program by a worker": () => inWorker(`new Deno.Command("true").outputSync()`),
  "ask for more": async () => {
    const { state } = await Deno.permissions.request({ name: "run" });
    if (state !== "granted") throw new Deno.errors.NotCapable(state);
  },
  "read": () => Deno.readTextFileSync("/etc/hostname"),
  "connect": async () => (await Deno.connect({ hostname: "127.0.0.1", port: Number(Deno.args[3]) })).close(),
  "read a variable": () => Deno.env.get("HOME"),
};

const done: string[] = [];
for (const [name, attempt] of Object.entries(TRIES)) {
  try {
    await attempt();
    done.push(name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
  }
}
console.log(JSON.stringify(done));

function inWorker(code: string): Promise<void> {
  const source = `try { ${code}; postMessage(""); } catch (error) { postMessage(error.name); }`;
  const worker = new Worker(`data:text/javascript,${encodeURIComponent(source)}`, { type: "module" });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => {
      worker.terminate();
      if (data === "") resolve();
      else reject(new Deno.errors.NotCapable(data));
    };
  });
}
