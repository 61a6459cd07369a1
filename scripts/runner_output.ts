/** How the runner begins a file, in colour or not. */
// deno-lint-ignore no-control-regex -- colours begin with one
const FILE = /^(?:\x1b\[[\d;]*m)*running \d+ tests? from ([^\s\x1b]+)/;

/** What it writes of a file that does not load, or in which something is thrown outside of its tests. */
const UNCAUGHT = /^Uncaught error from (\S+)/;

/** What a test runner writes, by the files whose tests it runs. */
export class RunnerOutput {
  readonly #decoder = new TextDecoder();
  readonly #begun: string[] = [];
  readonly #uncaught: string[] = [];
  #line = "";
  #file = "";

  /** The files that it began with, as it names them. */
  get begun(): readonly string[] {
    return this.#begun;
  }

  /** The files of which it says that an error was not caught: no test has failed by it. */
  get uncaught(): readonly string[] {
    return this.#uncaught;
  }

  /** Takes what comes next; returns what it writes of files that are through. */
  add(bytes: Uint8Array): string {
    const lines = (this.#line + this.#decoder.decode(bytes, { stream: true })).split("\n");
    this.#line = lines.pop() ?? "";
    let through = "";
    for (const line of lines) {
      const [, file] = FILE.exec(line) ?? [];
      if (file !== undefined) {
        this.#begun.push(file);
        through += this.#file;
        this.#file = "";
      }
      const [, broken] = UNCAUGHT.exec(line) ?? [];
      if (broken !== undefined) this.#uncaught.push(broken);
      this.#file += `${line}\n`;
    }
    return through;
  }

  /** At its end: what no file that began later has passed on. */
  rest(): string {
    return this.#file + this.#line;
  }
}
