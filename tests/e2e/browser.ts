/** A real browser, and what goes wrong in its pages unseen. */
import { type Browser, chromium, type Page } from "playwright-core";
import { toolPath } from "../requires.ts";

export interface Watched {
  readonly page: Page;
  /** Errors of scripts and of the console, blocked resources, and requests to other hosts. */
  readonly problems: readonly string[];
}

/** Starts the system's Chromium; who calls it needs `requires("chromium")`. */
export async function withBrowser(use: (browser: Browser) => Promise<void>): Promise<void> {
  const browser = await chromium.launch({
    executablePath: toolPath("chromium") ?? "",
    // Where tests run as root, or in a container, it has no sandbox of its own.
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
  try {
    await use(browser);
  } finally {
    await browser.close();
  }
}

/** A page of which every problem is written down. @param host the only one that may be asked; empty: none. */
export async function watchedPage(
  browser: Browser,
  host: string,
  colorScheme: "light" | "dark" = "light",
): Promise<Watched> {
  const page = await browser.newPage({ colorScheme, viewport: { width: 1180, height: 900 } });
  const problems: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (/^(https?|wss?):$/.test(url.protocol) && url.host !== host) problems.push(`asked for ${url}`);
  });
  return { page, problems };
}
