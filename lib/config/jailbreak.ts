import { nearest } from "../nearest.ts";
import type { Report } from "./check.ts";
import type { Path } from "./path.ts";
import type { FileConfig } from "./schema.ts";

/** @param written names of the file's models, those that have a fault of their own among them. */
export function checkJailbreak(
  { jailbreak, models: valid, routing, auth }: Pick<FileConfig, "jailbreak" | "models" | "routing" | "auth">,
  written: readonly string[],
  report: Report,
): void {
  const models = [...written, ...Object.values(valid).flatMap(({ aliases }) => aliases)];
  const check = (name: string, among: readonly string[], path: Path, kind: string) => {
    if (among.includes(name)) return;
    const near = nearest(name, among);
    report.add(path, `no ${kind} is called "${name}"${near === null ? "" : `; did you mean "${near}"?`}`);
  };
  for (const [index, { type, model, url }] of jailbreak.detectors.entries()) {
    const path = ["jailbreak", "detectors", index];
    if (model !== null) check(model, models, [...path, "model"], "model");
    else if (type === "model") {
      report.add([...path, "model"], "is missing; expected the name of the model that is asked");
    }
    if (type === "webhook" && url === null) {
      report.add([...path, "url"], "is missing; expected where to post to");
    }
  }
  const keys = [...auth.keys.map(({ name }) => name), "master_key"];
  for (const [index, name] of jailbreak.exempt_keys.entries()) {
    check(name, keys, ["jailbreak", "exempt_keys", index], "key of `auth.keys`");
  }
  for (const speaker of Object.keys(jailbreak.actions)) {
    check(speaker, jailbreak.on, ["jailbreak", "actions", speaker], "speaker of `jailbreak.on`");
  }
  const routes = [jailbreak.action, ...Object.values(jailbreak.actions)].includes("route");
  if (jailbreak.route_to !== null) {
    const auto = routing === null
      ? []
      : routing.auto_models.length > 0
      ? routing.auto_models
      : ["auto", "MoM"];
    check(jailbreak.route_to, [...models, ...auto], ["jailbreak", "route_to"], "model");
  } else if (routes) report.add(["jailbreak", "route_to"], "is missing; the action `route` needs it");
}
