import { isIP } from "node:net";
import { rounded } from "../../rounded.ts";
import { loadReport } from "../load_report.ts";
import type { LoadTest, RunningTest } from "../load_test.ts";
import { type Choice, PlanError, planOf } from "../plan.ts";
import { chosen } from "./form.ts";
import { webPage } from "./page.ts";
import { SCRIPT } from "./script.ts";
import { pageState } from "./state.ts";
import { PAGE_STYLE } from "./style.ts";

export interface RunningWeb {
  readonly url: string;
  readonly ended: Promise<void>;
  /** Ends a run that goes on, then the page; the second call gives up what is under way. */
  close(): void;
}

/** Everything comes from here, and nothing that stands within the page runs or styles. */
const HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
};
const MAX_FORM = 4096;

/** Serves the page. @param first what its form holds. */
export function startWeb(
  test: LoadTest,
  first: Choice,
  { hostname, port }: { readonly hostname: string; readonly port: number },
): RunningWeb {
  let running: RunningTest | null = null;

  const pages: Readonly<Record<string, (request: Request) => Response | Promise<Response>>> = {
    "GET /": () => answer(webPage(test.server, first), "text/html"),
    "GET /style.css": () => answer(PAGE_STYLE, "text/css"),
    "GET /script.js": () => answer(SCRIPT, "text/javascript"),
    "GET /state": () => json(pageState(running)),
    "GET /results.json": () => running === null ? none() : json(rounded(running.results()), "results.json"),
    "GET /report.html": () =>
      running === null ? none() : answer(loadReport(running.results()), "text/html", "report.html"),
    "POST /start": async (request) => {
      if (running !== null && running.run.state !== "over") return refusal(409, "a test is running");
      const text = await request.text();
      if (text.length > MAX_FORM) return refusal(413, "the form is too long");
      try {
        running = test.start(planOf(chosen(text, first)));
      } catch (error) {
        if (error instanceof PlanError) return refusal(400, error.message);
        throw error;
      }
      return new Response(null, { status: 204, headers: HEADERS });
    },
    "POST /stop": () => {
      running?.run.stop();
      return new Response(null, { status: 204, headers: HEADERS });
    },
  };

  const server = Deno.serve({ hostname, port, onListen() {} }, (request) => {
    const url = new URL(request.url);
    if (!trusted(request, url, hostname)) return refusal(403, "this page is not for others");
    return pages[`${request.method} ${url.pathname}`]?.(request) ?? refusal(404, "there is no such page");
  });
  const shown = hostname.includes(":") ? `[${hostname}]` : hostname;
  return {
    url: `http://${shown}:${server.addr.port}`,
    ended: server.finished,
    close() {
      if (running !== null && running.run.state !== "over") {
        running.run.stop();
        void running.run.ended.then(() => server.shutdown());
      } else void server.shutdown();
    },
  };
}

/**
 * Whether the page itself asks. Another site's page could have the browser ask, under a name of its own that leads
 * here, or from its own origin: who runs a load test does not want to run others'.
 */
function trusted(request: Request, { host, hostname }: URL, ours: string): boolean {
  const name = hostname.replace(/^\[|\]$/g, "");
  if (isIP(name) === 0 && name !== "localhost" && name !== ours) return false;
  const origin = request.headers.get("origin");
  return request.method === "GET" || origin === null || origin === `http://${host}`;
}

function answer(text: string, type: string, file?: string): Response {
  const download = file === undefined
    ? {}
    : { "content-disposition": `attachment; filename="loadtest-${file}"` };
  return new Response(text, {
    headers: { ...HEADERS, "content-type": `${type}; charset=utf-8`, ...download },
  });
}

function json(value: unknown, file?: string): Response {
  return answer(JSON.stringify(value), "application/json", file);
}

function none(): Response {
  return refusal(404, "there was no test yet");
}

function refusal(status: number, text: string): Response {
  return new Response(text, { status, headers: { ...HEADERS, "content-type": "text/plain; charset=utf-8" } });
}
