/** Requests at a fixed rate, whatever becomes of those before them. */
import { Agent } from "undici";
import { REQUEST } from "./payload.ts";

/** What one phase of load saw. */
export interface OpenLoopResult {
  readonly requests: number;
  readonly failed: number;
  /** Milliseconds from sending a request to the end of its answer, in order of their arrival. */
  readonly latencies: readonly number[];
}

const HEADERS = ["content-type", "application/json"];

/** Connections enough that none of the requests waits for another's. */
export function openConnections(): Agent {
  return new Agent({ connections: 256, pipelining: 1 });
}

/** Sends `rate` chat requests a second for `seconds`, and waits for all answers. */
export async function openLoop(
  agent: Agent,
  origin: string,
  rate: number,
  seconds: number,
): Promise<OpenLoopResult> {
  const latencies: number[] = [];
  const answers: Promise<void>[] = [];
  let failed = 0;
  const total = rate * seconds;
  const began = performance.now();
  while (answers.length < total) {
    const due = Math.min(total, Math.floor((performance.now() - began) * rate / 1000) + 1);
    while (answers.length < due) answers.push(ask());
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(answers);
  return { requests: total, failed, latencies };

  function ask(): Promise<void> {
    const sent = performance.now();
    return new Promise((resolve) => {
      const end = (ok: boolean) => {
        if (ok) latencies.push(performance.now() - sent);
        else failed++;
        resolve();
      };
      let status = 0;
      agent.dispatch({
        origin,
        path: "/v1/chat/completions",
        method: "POST",
        headers: HEADERS,
        body: REQUEST,
      }, {
        onRequestStart() {},
        onResponseStart: (_controller, code) => status = code,
        onResponseData() {},
        onResponseEnd: () => end(status === 200),
        onResponseError: () => end(false),
      });
    });
  }
}
