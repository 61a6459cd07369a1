import { openableFiles } from "./openable_files.ts";
import { selfCommand } from "./self_command.ts";

/** A TCP connection, as far as a command needs one. */
export interface Connection extends Disposable {
  readonly readable: ReadableStream<Uint8Array>;
  write(data: Uint8Array): Promise<number>;
}

export interface Screen {
  readonly columns: number;
  readonly rows: number;
}

/** What a command may use of the world, so that tests can give it another. */
export interface System {
  env(name: string): string | undefined;
  /** @throws where it cannot be read. */
  readFile(path: string): string;
  /** The same without holding up the event loop. */
  readLater(path: string): Promise<string>;
  /** How many files can be opened besides those that are open now; undefined: at least `most`, or nobody tells. */
  openableFiles(most: number): number | undefined;
  /** A line on standard output. */
  out(line: string): void;
  /** A line on standard error. */
  err(line: string): void;
  /** Text on standard output as it is, without a line's end. */
  write(text: string): void;
  /** What is under way, on a line of standard error that the next one replaces; null: nothing any more. */
  progress(line: string | null): void;
  /** Standard input. */
  readonly input: ReadableStream<Uint8Array>;
  /** Whether a person reads standard output. */
  readonly terminal: boolean;
  /** Places of the terminal; of one that does not tell, as many as any line takes. */
  screen(): Screen;
  /** Calls `handle` when there are more places, or fewer; returns what stops it. */
  onResize(handle: () => void): () => void;
  /** Calls `handle` for each key that is pressed, where somebody can press one; returns what stops it. */
  onKey(handle: (key: string) => void): () => void;
  readonly connect: (address: { hostname: string; port: number }) => Promise<Connection>;
  /** The same by TLS, whoever it is that answers: for this machine's own gateway alone. */
  readonly connectTls: (address: { hostname: string; port: number }) => Promise<Connection>;
  /** Calls `handle` for each SIGTERM and SIGINT; returns what stops it. */
  onStop(handle: (signal: "SIGTERM" | "SIGINT") => void): () => void;
  /** Calls `handle` for each SIGHUP, where the platform has it; returns what stops it. */
  onHangup(handle: () => void): () => void;
  /** Calls `handle` for each SIGUSR2, where the platform has it; returns what stops it. */
  onReplace(handle: () => void): () => void;
  /** How to start this program again, without arguments of its own. */
  self(): [string, ...string[]];
  /** How many processors there are to work on. */
  readonly processors: number;
  /** Ends the process at once. */
  exit(code: number): never;
}

const encoder = new TextEncoder();

export const denoSystem: System = {
  env: (name) => Deno.env.get(name),
  readFile: (path) => Deno.readTextFileSync(path),
  readLater: (path) => Deno.readTextFile(path),
  openableFiles,
  out: (line) => write(Deno.stdout, `${line}\n`),
  err: (line) => write(Deno.stderr, `${line}\n`),
  write: (text) => write(Deno.stdout, text),
  progress(line) {
    if (!Deno.stderr.isTerminal()) return;
    const { columns } = Deno.consoleSize();
    write(Deno.stderr, `\r\x1b[2K${(line ?? "").slice(0, columns - 1)}`);
  },
  get input() {
    return Deno.stdin.readable;
  },
  terminal: Deno.stdout.isTerminal(),
  screen() {
    try {
      return Deno.consoleSize();
    } catch {
      return { columns: Infinity, rows: Infinity };
    }
  },
  onResize: (handle) => onSignal("SIGWINCH", handle),
  onKey,
  connect: (address) => Deno.connect(address),
  async connectTls(address) {
    const { connectUnverified } = await import("./connect_unverified.ts");
    return await connectUnverified(address);
  },
  exit: Deno.exit,
  processors: navigator.hardwareConcurrency,
  onStop(handle) {
    const listeners = (["SIGTERM", "SIGINT"] as const).map((signal) => {
      const listener = () => handle(signal);
      Deno.addSignalListener(signal, listener);
      return () => Deno.removeSignalListener(signal, listener);
    });
    return () => listeners.forEach((remove) => remove());
  },
  onHangup: (handle) => onSignal("SIGHUP", handle),
  onReplace: (handle) => onSignal("SIGUSR2", handle),
  self: () =>
    selfCommand({
      standalone: Deno.build.standalone,
      execPath: Deno.execPath(),
      mainModule: Deno.mainModule,
      args: Deno.args,
      commandLine: commandLine(),
    }),
};

function onSignal(signal: "SIGHUP" | "SIGUSR2" | "SIGWINCH", handle: () => void): () => void {
  if (Deno.build.os === "windows") return () => {};
  Deno.addSignalListener(signal, handle);
  return () => Deno.removeSignalListener(signal, handle);
}

/** Keys as they are pressed, in place of lines; Ctrl-C stays a signal. */
function onKey(handle: (key: string) => void): () => void {
  if (!Deno.stdin.isTerminal()) return () => {};
  Deno.stdin.setRaw(true, { cbreak: true });
  let stopped = false;
  const decoder = new TextDecoder();
  (async () => {
    const bytes = new Uint8Array(64);
    for (let read = await Deno.stdin.read(bytes); read !== null; read = await Deno.stdin.read(bytes)) {
      if (stopped) return;
      for (const key of decoder.decode(bytes.subarray(0, read), { stream: true })) handle(key);
    }
  })().catch(() => {});
  return () => {
    stopped = true;
    Deno.stdin.setRaw(false);
  };
}

/** Linux alone tells. */
function commandLine(): string | null {
  try {
    return Deno.readTextFileSync("/proc/self/cmdline");
  } catch {
    return null;
  }
}

/** A reader that has gone away (`gateway --help | head`) is no error of ours. */
function write(stream: { writeSync(data: Uint8Array): number }, text: string): void {
  const bytes = encoder.encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
