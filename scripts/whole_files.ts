/** How the runner begins a file, in colour or not. */
// deno-lint-ignore no-control-regex -- colours begin with one
const FILE = /^(?:\x1b\[[\d;]*m)*running \d+ tests? from /;

/** Passes on a test runner's output a file at a time, so that what two of them say does not mix. */
export class WholeFiles extends TransformStream<Uint8Array, Uint8Array> {
  constructor() {
    const decoder = new TextDecoder();
    const encoder = new TextEncoder();
    let line = "";
    let file = "";
    const flush = (controller: TransformStreamDefaultController<Uint8Array>) => {
      if (file !== "") controller.enqueue(encoder.encode(file));
      file = "";
    };
    super({
      transform(chunk, controller) {
        const lines = (line + decoder.decode(chunk, { stream: true })).split("\n");
        line = lines.pop() ?? "";
        for (const whole of lines) {
          if (FILE.test(whole)) flush(controller);
          file += `${whole}\n`;
        }
      },
      flush(controller) {
        file += line;
        flush(controller);
      },
    });
  }
}
