import { formatDuration } from "../../duration.ts";
import type { Reader } from "./reader.ts";

const AT = ["response_api"];

/** How long the answers of `/v1/responses` are kept, which are always there. */
export function convertResponseApi(reader: Reader): void {
  const { draft } = reader;
  const enabled = reader.flag([...AT, "enabled"]);
  if (enabled === false) draft.note([...AT, "enabled"], "/v1/responses is always there");
  if (enabled !== true) return;
  const ttl = reader.number([...AT, "ttl_seconds"]);
  // 0 is thirty days there.
  if (ttl !== null) {
    draft.set(["conversations", "ttl"], ttl === 0 ? "30d" : formatDuration(ttl * 1000), [
      ...AT,
      "ttl_seconds",
    ]);
  }
  const most = reader.number([...AT, "max_responses"]);
  if (most !== null && most > 0) {
    draft.set(["conversations", "max_entries"], most, [...AT, "max_responses"]);
  }
  const store = [...AT, "store_backend"];
  if (reader.has(store) && reader.text(store)?.toLowerCase() !== "memory") {
    draft.note(store, "they are kept in memory, or on disk with `conversations.path`", ["conversations"]);
  }
}
