import { parseJson } from "../../json.ts";
import { type Choice, PlanError } from "../plan.ts";

const UNITS: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3600 };

/**
 * What was chosen in the page: a JSON object of texts, in which an empty one is as the scenario has it. What the
 * page does not ask for stays as it was.
 * @throws {PlanError} that names the field.
 */
export function chosen(text: string, first: Choice): Choice {
  const form = parseJson(text);
  if (form === null) throw new PlanError("the form is no JSON object");
  const field = (name: string) => typeof form[name] === "string" ? form[name].trim() : "";
  return {
    ...first,
    scenario: field("scenario") || null,
    users: number("users", field("users")),
    spawnRate: number("spawn rate", field("spawnRate")),
    rps: number("requests a second", field("rps")),
    seconds: seconds(field("runTime")),
  };
}

function number(name: string, text: string): number | null {
  if (text === "") return null;
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new PlanError(`${name}: "${text}" is no number above 0`);
}

/** `90`, `90s`, `1.5m`, `2h`. */
function seconds(text: string): number | null {
  if (text === "") return null;
  const match = /^(\d+(?:\.\d+)?)\s*([smh]?)$/.exec(text);
  const unit = UNITS[match?.[2] ?? "none"];
  if (match === null || unit === undefined) {
    throw new PlanError(`run time: "${text}" is no time such as 30s, 5m or 2h`);
  }
  return Number(match[1]) * unit;
}
