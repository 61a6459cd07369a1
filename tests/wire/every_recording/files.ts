import { parse } from "@std/yaml";
import type { JsonObject } from "../../../lib/wire/canonical.ts";
import { sharedFile } from "../shared.ts";

/** One recorded answer; of an HTTP exchange with its request and status. */
export interface RecordedAnswer {
  /** Below `../shared/recordings`. */
  readonly path: string;
  readonly status: number;
  readonly request: JsonObject | null;
  /** A whole answer's JSON, or null. */
  readonly body: JsonObject | null;
  /** The events' data, or null. */
  readonly events: readonly string[] | null;
}

/** Paths of all that is recorded, in order; what tells of it is none. */
export function everyPath(): string[] {
  const root = sharedFile("recordings/");
  return root === null ? [] : walk(root, "").filter((path) => path !== "README.md").sort();
}

function walk(folder: URL, path: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? walk(new URL(`${name}/`, folder), `${path}${name}/`) : [path + name]
  );
}

/** @throws {Error} where the file is of no known type. */
export function answersIn(path: string): RecordedAnswer[] {
  const url = sharedFile(`recordings/${path}`);
  if (url === null) throw new Error(`Cannot read ${path}: it is gone`);
  const text = Deno.readTextFileSync(url);
  const alone = { path, status: 200, request: null };
  if (path.endsWith(".json")) {
    const body: JsonObject = JSON.parse(text);
    // Refusals were recorded without their status.
    return [{ ...alone, status: Object.keys(body).join() === "error" ? 400 : 200, body, events: null }];
  }
  if (path.endsWith(".chunks.txt")) {
    return [{ ...alone, body: null, events: text.split("\n").filter((line) => line.trim() !== "") }];
  }
  if (path.endsWith(".yaml")) return exchangesIn(path, text);
  throw new Error(`Cannot read ${path}: neither a whole answer, nor a stream's chunks, nor HTTP exchanges`);
}

function exchangesIn(path: string, text: string): RecordedAnswer[] {
  const { interactions } = parse(text) as {
    interactions: { request: { body: string }; response: { body: string; code: number } }[];
  };
  return interactions.map(({ request, response }): RecordedAnswer => {
    const common = { path, status: response.code, request: JSON.parse(request.body) as JsonObject };
    return response.body.startsWith("data: ")
      ? { ...common, body: null, events: response.body.match(/(?<=^data: ).+$/gm) ?? [] }
      : { ...common, body: JSON.parse(response.body), events: null };
  });
}
