/** The pages there are: a page is a row here and a file beside this one. */
import { Configuration } from "./configuration.js";
import { Keys } from "./keys.js";
import { Missing } from "./missing.js";
import { Overview } from "./overview.js";
import { Performance } from "./performance.js";
import { Playground } from "./playground.js";
import { Providers } from "./providers.js";
import { Request } from "./request.js";
import { Requests } from "./requests.js";
import { RoutingLab } from "./routing_lab.js";
import { System } from "./system.js";
import { Tokens } from "./tokens.js";
import { Trace } from "./trace.js";

export const GROUPS = ["Watch", "Try", "Manage"];

/** `key`: after g, on the keyboard. `detail`: what `path/ID` shows. */
export const PAGES = [
  { path: "/", title: "Overview", group: "Watch", key: "o", view: Overview },
  { path: "/requests", title: "Requests", group: "Watch", key: "r", view: Requests, detail: Request },
  { path: "/tokens", title: "Tokens and cost", group: "Watch", key: "c", view: Tokens },
  { path: "/performance", title: "Performance", group: "Watch", key: "p", view: Performance },
  { path: "/providers", title: "Providers", group: "Watch", key: "v", view: Providers },
  { path: "/system", title: "System", group: "Watch", key: "s", view: System },
  { path: "/lab", title: "Routing lab", group: "Try", key: "l", view: RoutingLab },
  { path: "/playground", title: "Playground", group: "Try", key: "y", view: Playground },
  { path: "/keys", title: "Keys and budgets", group: "Manage", key: "b", view: Keys },
  { path: "/configuration", title: "Configuration", group: "Manage", key: "f", view: Configuration },
];

const TRACES = { path: "/traces", title: "Trace", view: Missing, detail: Trace };
const NOWHERE = { path: "", title: "Not found", view: Missing };

/** @returns {{page: object, id: string | null}} the page of a path; `of`: whose menu's row stays while a detail is shown. */
export function pageOf(path) {
  const whole = PAGES.find((page) => page.path === path);
  if (whole !== undefined) return { page: whole, id: null };
  const [, first = "", id = "", more] = path.split("/");
  const page = [...PAGES, TRACES].find((it) => it.detail !== undefined && it.path === `/${first}`);
  const decoded = decode(id);
  if (page === undefined || decoded === "" || more !== undefined) return { page: NOWHERE, id: null };
  return { page: { ...page, view: page.detail, of: page, path }, id: decoded };
}

/** Empty: it is no id that an address can have. */
function decode(id) {
  try {
    return decodeURIComponent(id);
  } catch {
    return "";
  }
}
