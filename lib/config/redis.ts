import type { Report } from "./check.ts";
import type { Path } from "./path.ts";
import type { Secret } from "./secret.ts";

/** Whether a server's URL is one of Redis. @param redis null: there is none. */
export function checkRedis(path: Path, redis: { readonly url: Secret } | null, report: Report): void {
  const url = redis?.url.reveal();
  if (url === undefined || (/^rediss?:\/\//.test(url) && URL.canParse(url))) return;
  report.add([...path, "url"], "expected a URL that starts with redis:// or rediss://");
}
