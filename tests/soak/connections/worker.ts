/// <reference lib="deno.worker" />
import { Ages } from "./ages.ts";
import { heldConnections } from "./held.ts";
import type { Seen, Watched } from "./watch.ts";

const EVERY_MS = 200;

const ages = new Ages(performance.now());

self.onmessage = ({ data }: MessageEvent<Watched | "seen">) => {
  if (data !== "seen") {
    setInterval(() => look(data), EVERY_MS);
    return;
  }
  const { most, longest } = ages;
  self.postMessage({ most, longest } satisfies Seen);
};

function look({ address, port }: Watched): void {
  const table = Deno.readTextFileSync("/proc/net/tcp");
  ages.look(heldConnections(table, address, port), performance.now());
}
