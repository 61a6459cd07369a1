import { ANSWER, DONE, FINISH_CHUNK, USAGE_CHUNK } from "../../../scripts/bench/payload.ts";
import { type Call, chunk, LAST_CHUNK, STREAM_HEAD } from "./server.ts";
import { Paces } from "./paces.ts";

/** What the provider has seen since it was started. */
export const counts = {
  requests: 0,
  /** Streams that are open now. */
  open: 0,
};

type Behaviour = (call: Call, args: readonly number[]) => Promise<void> | void;

const paces = new Paces();
const END = chunk(FINISH_CHUNK + USAGE_CHUNK + DONE);

/** Numbered contents, the same bytes for all streams. */
const contents: Uint8Array[] = [];
function content(index: number): Uint8Array {
  return contents[index] ??= chunk(
    `data: {"id":"chatcmpl-soak","object":"chat.completion.chunk","created":1741570283,"model":"soak",` +
      `"choices":[{"index":0,"delta":{"content":"#${index} "},"finish_reason":null}]}\n\n`,
  );
}

export const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  whole: (call) => call.answer(200, ANSWER),
  /** `/paced/CHUNKS/MS`: a stream of so many chunks, one each so many milliseconds. */
  paced(call, [chunks = 10, ms = 1000]) {
    let sent = 0;
    counts.open++;
    call.write(STREAM_HEAD);
    const stop = paces.every(ms, () => {
      if (sent < chunks) return void call.write(content(sent++));
      stop();
      ended();
      call.write(END);
      call.write(LAST_CHUNK);
    });
    const ended = () => {
      counts.open--;
      call.onClose = () => {};
    };
    call.onClose = () => {
      stop();
      ended();
    };
  },
};
