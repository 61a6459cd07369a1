import type { Path } from "../../path.ts";
import { pluginsOf } from "./decisions.ts";
import type { Reader } from "./reader.ts";

const AT = ["prompt_guard"];

/** Where one category or decision asks for it, it is there for all: a request is looked at whatever it is about. */
export function convertPromptGuard(reader: Reader): void {
  const { draft } = reader;
  const switches = [
    ...reader.entries(["categories"]).map((path) => [...path, "jailbreak_enabled"]),
    ...pluginsOf(reader, "jailbreak").map((path) => [...path, "enabled"]),
  ];
  const everywhere = reader.flag([...AT, "enabled"]) === true;
  const first = everywhere ? [...AT, "enabled"] : switches.find((path) => reader.flag(path) === true);
  if (first === undefined) return;
  draft.set(["jailbreak", "enabled"], true, first);
  draft.note(
    everywhere ? AT : first,
    "is another detector here: the phrases of attacks in any spelling in place of a trained model, so no threshold carries " +
      "over; tools' results and documents are looked at as well. `jailbreak.detectors` takes examples, a model or a webhook",
    ["jailbreak"],
  );
  for (const path of switches) {
    if (reader.flag(path) === false) {
      draft.note(path, "attacks are looked for in all requests: the others ask for it", ["jailbreak"]);
    }
  }
  for (const path of ownThresholds(reader)) {
    draft.note(path, "does not carry over: one threshold holds for all requests", ["jailbreak"]);
  }
  if (reader.flag([...AT, "use_vllm"]) === true) {
    draft.note(
      [...AT, "use_vllm"],
      "the guard model is not asked: add it to `models`, and to `jailbreak.detectors` as type model",
      ["jailbreak"],
    );
  }
}

function ownThresholds(reader: Reader): Path[] {
  return [
    ...reader.entries(["categories"]).map((path) => [...path, "jailbreak_threshold"]),
    ...pluginsOf(reader, "jailbreak").map((path) => [...path, "threshold"]),
  ].filter((path) => reader.has(path));
}
