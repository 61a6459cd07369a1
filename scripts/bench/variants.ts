/** What is measured: one row a variant. */
import { gatewayCommand, gatewayConfig, type GatewayMode } from "./gateway.ts";
import { startMockUpstream, startProxy } from "./nginx.ts";
import { denoProgram, freePort, type Program, startProgram } from "./program.ts";

/** What the variants have in common. */
export interface Surroundings {
  /** For files; removed at the end. */
  readonly directory: string;
  /** The upstream that answers at once or streams. */
  readonly upstream: number;
  /** The collector that counts. */
  readonly sink: number;
  /** Where the variant's inspector is to listen, for a profile; a binary or nginx has none. */
  readonly inspect?: number;
}

export interface Variant {
  readonly key: string;
  readonly title: string;
  start(surroundings: Surroundings): Promise<Program>;
}

export const VARIANTS = {
  direct: {
    key: "direct",
    title: "direct (nginx answers)",
    start: ({ directory }) => startMockUpstream(directory),
  },
  nginx: {
    key: "nginx",
    title: "nginx as proxy",
    start: ({ directory, upstream }) => startProxy(directory, upstream),
  },
  f: { key: "f", title: "baseline F (fetch)", start: (it) => startBaseline("baselines/f.ts", it) },
  control: {
    key: "control",
    title: "A/A control (F again)",
    start: (it) => startBaseline("baselines/f.ts", it),
  },
  u: { key: "u", title: "baseline U (undici dispatch)", start: (it) => startBaseline("baselines/u.ts", it) },
  "gateway-off": gateway("off", "gateway, telemetry off"),
  "gateway-off-control": {
    ...gateway("off", "A/A control (gateway, telemetry off, again)"),
    key: "gateway-off-control",
  },
  "gateway-metrics": gateway("metrics", "gateway, metrics"),
  "gateway-10": gateway("traces-10", "gateway, logs, metrics, 10 % traces"),
  "gateway-100": gateway("traces-100", "gateway, logs, metrics, 100 % traces"),
} as const satisfies Record<string, Variant>;

export type VariantKey = keyof typeof VARIANTS;

function startBaseline(file: string, { upstream, inspect }: Surroundings): Promise<Program> {
  const port = freePort();
  return startProgram({ command: denoProgram(file, [`${port}`, `${upstream}`], inspect), port });
}

function gateway(mode: GatewayMode, title: string): Variant {
  return {
    key: `gateway-${mode.replace("traces-", "")}`,
    title,
    async start({ directory, upstream, sink, inspect }) {
      const port = freePort();
      const file = `${directory}/gateway-${port}.yaml`;
      await Deno.writeTextFile(file, gatewayConfig(mode, port, upstream, sink));
      return await startProgram({ command: gatewayCommand(file, inspect), port });
    },
  };
}

/** The server that streams, in nginx's place. */
export function startPacedUpstream(chunks: number, paceMs: number): Promise<Program> {
  const port = freePort();
  return startProgram({
    command: denoProgram("servers/paced_upstream.ts", [`${port}`, `${chunks}`, `${paceMs}`]),
    port,
  });
}

export function startSink(): Promise<Program> {
  const port = freePort();
  return startProgram({ command: denoProgram("servers/otlp_sink.ts", [`${port}`]), port });
}
