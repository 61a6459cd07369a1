import { ANSWER, DONE, FINISH_CHUNK, USAGE_CHUNK } from "../../../scripts/bench/payload.ts";
import { counts } from "./counts.ts";
import { Paces } from "./paces.ts";
import { type Call, chunk, LAST_CHUNK, STREAM_HEAD } from "./server.ts";

type Behaviour = (call: Call, args: readonly number[]) => Promise<void> | void;

const paces = new Paces();
const END = chunk(FINISH_CHUNK + USAGE_CHUNK + DONE);
const ENDLESS = chunk(`${contentEvent("word ".repeat(200))}`.repeat(16));
/** Requests whose stream was cut after its first content. */
const begun = new Set<string>();

/** Numbered contents, the same bytes for all streams. */
const contents: Uint8Array[] = [];
function content(index: number): Uint8Array {
  return contents[index] ??= chunk(contentEvent(`#${index} `));
}

function contentEvent(text: string): string {
  return `data: {"id":"chatcmpl-soak","object":"chat.completion.chunk","created":1741570283,"model":"soak",` +
    `"choices":[{"index":0,"delta":{"content":"${text}"},"finish_reason":null}]}\n\n`;
}

/** What a client calls itself in its request, so that one request can be told from others. */
function userOf({ body }: Call): string {
  return /"user": *"([^"]*)"/.exec(body)?.[1] ?? "";
}

/** By the first part of a path; its arguments are the next parts. */
export const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  whole: (call) => call.answer(200, ANSWER),
  /** `/late/MS`: the same, so much later. */
  async late(call, [ms = 0]) {
    await new Promise((resolve) => setTimeout(resolve, ms));
    await call.answer(200, ANSWER);
  },
  /** `/status/CODE`: an error. */
  status: (call, [status = 500]) =>
    call.answer(status, `{"error":{"message":"Told to fail","type":"server_error"}}`),
  /** Closes the connection without a word. */
  reset: (call) => call.end(),
  /** Streams its first content and breaks off; counts who asks once more after that. */
  async breaks(call) {
    const user = userOf(call);
    if (begun.has(user)) counts.again++;
    begun.add(user);
    await call.write(STREAM_HEAD);
    await call.write(content(0));
    call.end();
  },
  /** As fast as it is read. */
  async endless(call) {
    counts.open++;
    call.onClose = () => counts.open--;
    await call.write(STREAM_HEAD);
    while (!call.closed) {
      await call.write(ENDLESS);
      counts.written += ENDLESS.length;
    }
  },
  /** `/paced/CHUNKS/MS`: a stream of so many chunks, one each so many milliseconds. */
  paced(call, [chunks = 10, ms = 1000]) {
    let sent = 0;
    counts.open++;
    call.write(STREAM_HEAD);
    const stop = paces.every(ms, () => {
      if (sent < chunks) return void call.write(content(sent++));
      end();
      call.write(END);
      call.write(LAST_CHUNK);
    });
    const end = () => {
      stop();
      counts.open--;
      call.onClose = () => {};
    };
    call.onClose = () => {
      end();
      const user = userOf(call);
      if (user !== "") counts.closings[user] = performance.timeOrigin + performance.now();
    };
  },
};
