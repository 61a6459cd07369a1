import { denoSystem, type Screen, type System } from "../../lib/cli/system.ts";

export interface FakeSystem extends System {
  readonly output: string[];
  readonly errors: string[];
  /** Sends a signal to whoever waits for one. */
  signal(name: "SIGTERM" | "SIGINT"): void;
  /** Presses a key. */
  press(key: string): void;
  /** Makes the terminal so large. */
  resize(screen: Screen): void;
}

/** Thrown in place of ending the process. */
export class Exit extends Error {
  constructor(readonly exitCode: number) {
    super(`exit ${exitCode}`);
  }
}

/** A world of these variables and files alone, which keeps what is printed. */
export function fakeSystem(
  files: Readonly<Record<string, string>> = {},
  env: Readonly<Record<string, string>> = {},
  terminal = false,
  input: BlobPart = "",
): FakeSystem {
  const output: string[] = [];
  const errors: string[] = [];
  const handlers = new Set<(signal: "SIGTERM" | "SIGINT") => void>();
  const keys = new Set<(key: string) => void>();
  const resized = new Set<() => void>();
  let screen: Screen = { columns: 80, rows: 24 };
  const readFile = (path: string) => {
    const text = files[path];
    if (text === undefined) throw new Deno.errors.NotFound(path);
    return text;
  };
  return {
    output,
    errors,
    terminal,
    processors: 4,
    env: (name) => env[name],
    readFile,
    readLater: (path) => Promise.resolve().then(() => readFile(path)),
    openableFiles: () => undefined,
    out: (line) => output.push(line),
    err: (line) => errors.push(line),
    write: (text) => output.push(text),
    progress() {},
    input: new Blob([input]).stream(),
    connect: (address) => Deno.connect(address),
    connectTls: denoSystem.connectTls,
    onStop(handle) {
      handlers.add(handle);
      return () => handlers.delete(handle);
    },
    screen: () => screen,
    onResize(handle) {
      resized.add(handle);
      return () => resized.delete(handle);
    },
    onKey(handle) {
      keys.add(handle);
      return () => keys.delete(handle);
    },
    onHangup: () => () => {},
    onReplace: () => () => {},
    self: () => ["gateway"],
    exit(code) {
      throw new Exit(code);
    },
    signal: (name) => handlers.forEach((handle) => handle(name)),
    press: (key) => keys.forEach((handle) => handle(key)),
    resize(next) {
      screen = next;
      resized.forEach((handle) => handle());
    },
  };
}
