import type { Path } from "../../path.ts";
import type { Reader } from "./reader.ts";

/** `listeners` of 0.3 and later: where the gateway listens, and who may ask. */
export function convertListeners(reader: Reader): void {
  const { draft } = reader;
  const [first, ...others] = reader.entries(["listeners"]);
  for (const other of others) draft.note(other, "the gateway has one listener: the first of the file");
  if (first === undefined) return;
  const port = reader.value([...first, "port"]);
  if (port !== undefined) draft.set(["server", "port"], port, [...first, "port"]);
  const address = reader.text([...first, "address"]);
  if (address !== null) draft.set(["server", "host"], address, [...first, "address"]);
  if (reader.has([...first, "timeout"])) {
    draft.remark([...first, "timeout"], "time-outs are those of the calls of providers (`timeouts`)", [
      "server",
    ]);
  }
  reader.entries([...first, "api_keys"]).forEach((entry, index) => convertKey(reader, entry, index));
}

/** What cannot be read is a mistake: without its key the gateway would let everybody in. */
function convertKey(reader: Reader, entry: Path, index: number): void {
  const key = reader.text(entry);
  if (key === null) return;
  reader.draft.set(["auth", "keys", index, "name"], `listener-${index + 1}`, entry);
  reader.draft.set(["auth", "keys", index, "key"], key, entry);
}
