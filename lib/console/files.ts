import { createHash } from "node:crypto";
import hooks from "preact/hooks" with { type: "text" };
import htm from "htm" with { type: "text" };
import preact from "preact" with { type: "text" };
import uplot from "uplot/dist/uPlot.iife.min.js" with { type: "text" };
import uplotStyle from "uplot/dist/uPlot.min.css" with { type: "text" };
import app from "./web/app.js" with { type: "text" };
import consoleStyle from "./web/console.css" with { type: "text" };
import coreApi from "./web/core/api.js" with { type: "text" };
import coreChat from "./web/core/chat.js" with { type: "text" };
import coreFormat from "./web/core/format.js" with { type: "text" };
import coreHtml from "./web/core/html.js" with { type: "text" };
import coreKeyboard from "./web/core/keyboard.js" with { type: "text" };
import corePackages from "./web/core/packages.js" with { type: "text" };
import coreQuery from "./web/core/query.js" with { type: "text" };
import coreRouter from "./web/core/router.js" with { type: "text" };
import coreTheme from "./web/core/theme.js" with { type: "text" };
import iconImage from "./web/icon.svg" with { type: "text" };
import index from "./web/index.html" with { type: "text" };
import pagesConfiguration from "./web/pages/configuration.js" with { type: "text" };
import pagesKeys from "./web/pages/keys.js" with { type: "text" };
import pagesLogin from "./web/pages/login.js" with { type: "text" };
import pagesMissing from "./web/pages/missing.js" with { type: "text" };
import pagesOverview from "./web/pages/overview.js" with { type: "text" };
import pagesPages from "./web/pages/pages.js" with { type: "text" };
import pagesPerformance from "./web/pages/performance.js" with { type: "text" };
import pagesPlayground from "./web/pages/playground.js" with { type: "text" };
import pagesProviders from "./web/pages/providers.js" with { type: "text" };
import pagesRequest from "./web/pages/request.js" with { type: "text" };
import pagesRequests from "./web/pages/requests.js" with { type: "text" };
import pagesRoutingLab from "./web/pages/routing_lab.js" with { type: "text" };
import pagesSystem from "./web/pages/system.js" with { type: "text" };
import pagesTokens from "./web/pages/tokens.js" with { type: "text" };
import pagesTrace from "./web/pages/trace.js" with { type: "text" };
import partsAnswer from "./web/parts/answer.js" with { type: "text" };
import partsChart from "./web/parts/chart.js" with { type: "text" };
import partsFigureTable from "./web/parts/figure_table.js" with { type: "text" };
import partsHead from "./web/parts/head.js" with { type: "text" };
import partsHeatmap from "./web/parts/heatmap.js" with { type: "text" };
import partsLayout from "./web/parts/layout.js" with { type: "text" };
import partsParts from "./web/parts/parts.js" with { type: "text" };
import partsRanges from "./web/parts/ranges.js" with { type: "text" };
import partsRequestFilters from "./web/parts/request_filters.js" with { type: "text" };
import partsUseChat from "./web/parts/use_chat.js" with { type: "text" };
import partsUseForm from "./web/parts/use_form.js" with { type: "text" };
import partsUseModels from "./web/parts/use_models.js" with { type: "text" };
import partsWaterfall from "./web/parts/waterfall.js" with { type: "text" };
import theme from "./web/theme.js" with { type: "text" };
import { link, type Packages } from "./link.ts";
import type { JsonObject } from "../wire/canonical.ts";

/** The console's modules, by their paths. */
export const MODULES: Readonly<Record<string, string>> = {
  "app.js": app,
  "core/api.js": coreApi,
  "core/chat.js": coreChat,
  "core/format.js": coreFormat,
  "core/html.js": coreHtml,
  "core/keyboard.js": coreKeyboard,
  "core/packages.js": corePackages,
  "core/query.js": coreQuery,
  "core/router.js": coreRouter,
  "core/theme.js": coreTheme,
  "pages/configuration.js": pagesConfiguration,
  "pages/keys.js": pagesKeys,
  "pages/login.js": pagesLogin,
  "pages/missing.js": pagesMissing,
  "pages/overview.js": pagesOverview,
  "pages/pages.js": pagesPages,
  "pages/performance.js": pagesPerformance,
  "pages/playground.js": pagesPlayground,
  "pages/providers.js": pagesProviders,
  "pages/request.js": pagesRequest,
  "pages/requests.js": pagesRequests,
  "pages/routing_lab.js": pagesRoutingLab,
  "pages/system.js": pagesSystem,
  "pages/tokens.js": pagesTokens,
  "pages/trace.js": pagesTrace,
  "parts/answer.js": partsAnswer,
  "parts/chart.js": partsChart,
  "parts/figure_table.js": partsFigureTable,
  "parts/head.js": partsHead,
  "parts/heatmap.js": partsHeatmap,
  "parts/layout.js": partsLayout,
  "parts/parts.js": partsParts,
  "parts/ranges.js": partsRanges,
  "parts/request_filters.js": partsRequestFilters,
  "parts/use_chat.js": partsUseChat,
  "parts/use_form.js": partsUseForm,
  "parts/use_models.js": partsUseModels,
  "parts/waterfall.js": partsWaterfall,
  "packages/preact.js": preact,
  "packages/hooks.js": hooks,
  "packages/htm.js": htm,
  // It is a script that sets a variable, and begins with what takes a browser 20 ms: so it is run when it is needed.
  "packages/uplot.js": `export default () => {\n${uplot}\nreturn uPlot;\n};\n`,
};

/** What modules import by name. */
const PACKAGES: Packages = {
  "preact": "packages/preact.js",
  "preact/hooks": "packages/hooks.js",
  "htm": "packages/htm.js",
  "uplot": "packages/uplot.js",
};

/** The files of the console, as they are served. */
export const FILES: Readonly<Record<string, string>> = {
  "app.js": link("app.js", MODULES, PACKAGES),
  "console.css": `${uplotStyle}\n${consoleStyle}`,
  "icon.svg": iconImage,
  "theme.js": theme,
};

/** Changes with any of the files, so that browsers may keep what they have. */
export const FILES_VERSION = createHash("sha256").update(JSON.stringify(FILES)).digest("base64url").slice(
  0,
  12,
);

const HTML = index.replaceAll("ASSETS/", `/console/assets/${FILES_VERSION}/`);

const SESSION_HERE = "<!-- SESSION -->";

/** The one page, whatever the path below /console. */
export const PAGE = HTML.replace(SESSION_HERE, "");

/**
 * The page for who is logged in: it has the session with it, so that nothing has to be asked before it is drawn. JSON
 * in a script that is none is text to a browser, as long as nothing in it ends the script.
 * @see https://html.spec.whatwg.org/multipage/scripting.html#data-block
 */
export function pageOf(session: JsonObject): string {
  const json = JSON.stringify(session).replaceAll("<", "\\u003c");
  return HTML.replace(SESSION_HERE, () => `<script type="application/json" id="session">${json}</script>`);
}
