/**
 * Which tests run beside each other, and with which program.
 *
 * Without `GATEWAY_BIN` every gateway is started from source. With it the end-to-end tests start the binary, and all
 * others go on from source, the SDKs' among them, which ask for everything that the gateway serves. What a bundle
 * brings along is the same code; what may differ is the runtime below it, and what differs on purpose. So the
 * end-to-end tests of that, `EITHER_WAY`, are to pass from source as well.
 */
import type { RunOptions } from "./test_run.ts";

export interface Lane {
  /** Files and directories. */
  readonly paths: readonly string[];
  readonly options: RunOptions;
}

const END_TO_END = "tests/e2e/";
const SDKS = "tests/sdk/";
/** End-to-end tests of pages in a browser, which take as long as a third of all others. */
const PAGES = ["console_states", "loadtest_web", "profile_pages"].map(endToEnd);
/** Tests with times to keep besides those: of real servers, and of what goes wrong. */
const SERVERS = ["tests/stores/", "tests/security/"];
/** Of tools that measure times, and of how soon a page is seen: held to what is measured. */
const MEASURING = [
  ...["compare_providers", "loadtest", "profile_latency", "profile_throughput", "test_request"]
    .map((tool) => `tests/cli/${tool}_test.ts`),
  endToEnd("console"),
];
/** What has no times to keep stands back, as `nice` counts. */
const nice = 10;

/** What runs beside each other. The first two lanes mostly wait; the processors are those' that do not. */
export const LANES: readonly Lane[] = [
  { paths: [`--ignore=${[...PAGES, ...MEASURING].join(",")}`, END_TO_END], options: {} },
  { paths: [...SERVERS, ...PAGES], options: {} },
  { paths: [SDKS], options: { fromSource: true, nice } },
  {
    paths: [`--ignore=tests/proof,${[END_TO_END, SDKS, ...SERVERS, ...MEASURING].join(",")}`, "tests/"],
    options: { fromSource: true, nice },
  },
];

/** What runs when all lanes are through, with nothing beside it. */
export const ALONE: Lane = { paths: MEASURING, options: {} };

/** By what the runtime does there for the gateway: each file stands at the first that is true of it. */
const OF_THE_RUNTIME = {
  "connections: how they begin, stall and end, on either side": [
    "continued_stream",
    "exporter_faults",
    "faults",
    "hostile_clients",
    "http2_upstream",
    "streams",
    "streams_alive",
    "tls",
  ],
  "processes, signals, memory and threads": ["overload", "reload", "shutdown", "workers"],
  "files and pipes": ["conversations_on_disk", "log", "stopped_reader"],
  "what a binary cannot show: a gateway inside of another program": ["embedded"],
};

/** End-to-end tests that are to pass from source and with the binary. */
export const EITHER_WAY: readonly string[] = Object.values(OF_THE_RUNTIME).flat().map(endToEnd);

/** How a file is run once more that was run with its lane. */
export function optionsOf(file: string): RunOptions {
  const paths = [END_TO_END, ...SERVERS, ...MEASURING];
  return paths.some((path) => file.replace(/^\.\//, "").startsWith(path)) ? {} : { fromSource: true };
}

function endToEnd(name: string): string {
  return `${END_TO_END}${name}_test.ts`;
}
