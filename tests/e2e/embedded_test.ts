/** The example of a program that embeds the gateway, as docs/embedding.md shows it. */
import { assertEquals } from "@std/assert";
import { GatewayProcess } from "./gateway_process.ts";

const ROOT = new URL("../../", import.meta.url);

Deno.test({
  name: "examples/embedded.ts serves, under its own name and with the SDK's sampler",
  // A binary holds the gateway alone.
  ignore: Boolean(Deno.env.get("GATEWAY_BIN")),
  async fn() {
    await using gateway = await GatewayProcess.start({
      config: "server: { host: 127.0.0.1, port: 0, drain_delay: 0s }\n" +
        "logging: { format: json }\n" +
        "providers: { mock: { type: mock } }\nmodels: { gpt: mock/gpt }\n",
      command: (file) => {
        const path = (name: string) => new URL(name, ROOT).pathname;
        return [
          Deno.execPath(),
          "run",
          "-A",
          "--config",
          path("deno.json"),
          path("examples/embedded.ts"),
          file,
        ];
      },
      env: { OTEL_TRACES_EXPORTER: "console" },
    });
    const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
      body: JSON.stringify({ model: "gpt", messages: [{ role: "user", content: "Hi" }] }),
    });
    assertEquals((await response.json()).object, "chat.completion");
    const span = await gateway.log(({ Name, SpanContext }) =>
      Name === "POST /v1/chat/completions" && (SpanContext as { TraceID: string }).TraceID === traceId
    );
    const resource = JSON.stringify(span.Resource);
    assertEquals(resource.includes("my-gateway"), true, resource);
    assertEquals((await gateway.stop()).code, 0);
  },
});
