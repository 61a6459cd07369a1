import { listenFailure, localUrl } from "./address.ts";
import { type Command, flagNumber, flagValue, HOST_FLAG, PORT_FLAG } from "./command.ts";
import { UsageError } from "./args.ts";

const PORT = 8081;

export const mock: Command = {
  name: "mock",
  summary: "Serve the mock provider by itself",
  about:
    "Serves a provider that needs no key and no network and always answers the same: OpenAI's chat completions,\n" +
    "responses, embeddings, completions, moderations, audio, images, files, batches, vector stores, rerank, and the\n" +
    "chats of Anthropic, Google, Ollama and Cohere. It can be made slow, failing or broken, for all requests with\n" +
    "--behaviour, for one with its header x-mock, or in the model's name behind an @.",
  flags: [
    { ...HOST_FLAG, about: "address to listen on (127.0.0.1)" },
    { ...PORT_FLAG, about: `port to listen on (${PORT}); 0 lets the system choose` },
    { name: "behaviour", value: "WORDS", about: "such as latency=200ms,tps=50,error_rate=0.1" },
    { name: "parallel", value: "N", about: "answer so many at a time; others wait" },
  ],
  examples: ["gateway mock", "gateway mock --port 9001 --behaviour ttft=300ms,tps=40"],
  async run(flags, system) {
    const hostname = flagValue(flags, "host") ?? "127.0.0.1";
    const port = portOf(flagValue(flags, "port"));
    const parallel = flagNumber(flags, "parallel", "mock", Infinity, { min: 1, whole: true });
    const handler = await handlerOf(flagValue(flags, "behaviour") ?? "", parallel);
    let server;
    try {
      server = Deno.serve({
        hostname,
        port,
        onListen: (address) => system.out(`mock provider on ${localUrl(address.hostname, address.port)}`),
      }, handler);
    } catch (error) {
      system.err(`gateway: ${listenFailure(error, hostname, port)}`);
      return 1;
    }
    const release = system.onStop(() => server.shutdown());
    await server.finished;
    release();
    return 0;
  },
};

async function handlerOf(behaviour: string, parallel: number) {
  const { BehaviourError, createMockHandler, limitParallel } = await import("../providers/mock.ts");
  try {
    const handler = createMockHandler({ behaviour });
    return parallel === Infinity ? handler : limitParallel(handler, parallel);
  } catch (error) {
    throw error instanceof BehaviourError ? new UsageError(`--behaviour: ${error.message}`, "mock") : error;
  }
}

function portOf(value: string | null): number {
  if (value === null) return PORT;
  if (/^\d{1,5}$/.test(value) && Number(value) <= 65535) return Number(value);
  throw new UsageError(`--port: expected an integer from 0 to 65535, got "${value}"`, "mock");
}
