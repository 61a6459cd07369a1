/** Names and places that Presidio's own engine finds, between a client and a provider. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { requires, toolPath } from "../requires.ts";
import { GatewayProcess } from "./gateway_process.ts";
import { PiiUpstream } from "./pii_upstream.ts";

const SERVER = new URL("presidio/server.py", import.meta.url).pathname;
const MAIL = "ada@client.example";

/** The analyser, which says where it listens in its first line. */
async function startPresidio() {
  const child = new Deno.Command(toolPath("python-presidio") ?? "", {
    args: ["-B", SERVER],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let said = "";
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  while (!said.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`Cannot start Presidio: it ended after ${JSON.stringify(said)}`);
    said += value;
  }
  return {
    url: said.trim(),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await reader.cancel();
      await child.status;
    },
  };
}

async function namesAndPlaces(url: string): Promise<void> {
  await using upstream = new PiiUpstream();
  await using gateway = await GatewayProcess.start({
    config: `
server: { drain_delay: 0s }
providers:${upstream.providers}
models: { m: openai/m }
pii: { enabled: true, deadline: 20s, presidio: { url: "${url}" } }
observability:
  tracing: { exporter: { type: stdout }, sampler: { type: always } }
`,
  });
  upstream.script = ({ messages }) => {
    const said = messages.at(-1)?.parts.map((part) => part.type === "text" ? part.text : "").join("") ?? "";
    return [{ type: "text", text: `I heard: ${said}` }];
  };
  // Characters beyond the basic plane count once for Python, and twice here.
  const text = `😀 Ada Lovelace lives in London; write to ${MAIL}. Ada Lovelace is well.`;
  for (const stream of [false, true]) {
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      body: JSON.stringify({ model: "m", stream, messages: [{ role: "user", content: text }] }),
    });
    const body = await response.text();
    assertEquals(response.status, 200, body);
    const heard = upstream.bodies.at(-1) ?? "";
    assert(!/Lovelace|London|ada@/.test(heard), heard);
    assertMatch(heard, /😀 <PERSON_1> lives in <LOCATION_1>; write to <EMAIL_1>\. <PERSON_1> is well\./);
    const answer = stream
      ? body.split("\n").filter((line) => line.startsWith("data: {"))
        .map((line) => JSON.parse(line.slice(6)).choices?.[0]?.delta?.content ?? "").join("")
      : JSON.parse(body).choices[0].message.content;
    assertEquals(answer, `I heard: ${text}`);
  }
  const span = JSON.stringify(await gateway.log(({ Name }) => Name === "security.pii_detection"));
  assert(/"email","location","person"|"email","person","location"/.test(span), span);
}

async function unknownLanguage(url: string): Promise<void> {
  await using upstream = new PiiUpstream();
  for (const [onFailure, status] of [["closed", 503], ["open", 200]] as const) {
    await using gateway = await GatewayProcess.start({
      config: `
server: { drain_delay: 0s }
providers:${upstream.providers}
models: { m: openai/m }
pii: { enabled: true, deadline: 20s, on_failure: ${onFailure}, presidio: { url: "${url}", language: xx } }
`,
    });
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      body: JSON.stringify({ model: "m", messages: [{ role: "user", content: `I am Ada, ${MAIL}` }] }),
    });
    assertEquals(response.status, status, await response.text());
  }
  // What the gateway finds itself is kept from the provider in any case.
  assertEquals(upstream.bodies.length, 1);
  assert(upstream.bodies[0]?.includes("I am Ada, <EMAIL_1>"), upstream.bodies[0]);
}

Deno.test({
  name: "Presidio's own engine between a client and a provider",
  ...requires("python-presidio"),
  async fn(t) {
    // It takes seconds to start.
    await using presidio = await startPresidio();
    await t.step(
      "names and places are kept from the provider, and put back in the answer",
      () => namesAndPlaces(presidio.url),
    );
    await t.step(
      "a language that it does not know refuses the request, or lets it go on",
      () => unknownLanguage(presidio.url),
    );
  },
});
