import type { Reader } from "./reader.ts";

/** By which names the router is asked to choose, if the file does not say. */
const AUTO = ["auto", "MoM"];

/** Examples have to be nearer than by default: a wrong domain is worse than none. */
const CLASSIFIERS = ["keyword", { type: "embedding", threshold: 0.4 }];

/** Classification and routing as the router does them: by what a request is about, and by nothing else. */
export function convertRouting(reader: Reader): void {
  const { draft } = reader;
  const own = reader.text(["auto_model_name"]);
  const names = own === null ? AUTO : [...new Set([own, "auto"])];
  draft.set(["routing", "auto_models"], names, own === null ? null : ["auto_model_name"]);
  draft.set(["routing", "strategy"], "auto", null);
  draft.set(["routing", "weights"], { quality: 1, cost: 0, latency: 0 }, null);
  draft.set(["routing", "system_prompts"], "auto", null);
  const fallback = reader.text(["default_model"]);
  if (fallback !== null) draft.set(["routing", "default_model"], fallback, ["default_model"]);
  const effort = reader.value(["default_reasoning_effort"]);
  if (effort !== undefined) {
    draft.set(["routing", "reasoning_effort"], effort, ["default_reasoning_effort"]);
  }
  if (draft.has(["categories"])) convertClassifier(reader);
}

function convertClassifier(reader: Reader): void {
  const { draft } = reader;
  const model = ["classifier", "category_model"];
  const original = reader.has(model) ? model : null;
  draft.set(["classification", "classifiers"], CLASSIFIERS, original);
  const named = reader.text([...model, "fallback_category"]);
  if (named !== null) {
    draft.set(["classification", "otherwise"], named, [...model, "fallback_category"]);
  } else {
    draft.set(["classification", "otherwise"], otherwise(reader) ?? "other", original);
  }
  draft.note(
    original ?? ["categories"],
    "is another classifier here: keywords, then the nearest examples by built-in vectors, which know words and not " +
      "meanings, in place of a trained model. No threshold carries over, and a question that does not use a domain's own " +
      "words is taken for none. `gateway classify --file EXAMPLES` says how good it is for yours; `classification` takes " +
      "a model that is asked, or an embeddings model",
    ["classification"],
  );
}

/** The file's category for whatever is about nothing else: it has no words to be told by. */
function otherwise({ draft }: Reader): string | null {
  const names = Object.keys(draft.get(["categories"]) as object);
  if (names.includes("other")) return "other";
  const told = (name: string) =>
    ["description", "keywords"].some((key) => draft.has(["categories", name, key]));
  return names.find((name) => !told(name)) ?? null;
}
