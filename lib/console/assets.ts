import { createHash } from "node:crypto";
import { FILES, PAGE } from "./files.ts";

/** A file as it is answered. */
export interface Asset {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: string;
  /** Of its content, with quotes, as `etag` has it. */
  readonly etag: string;
}

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/**
 * What a browser lets the console do: run its own files and ask this gateway. Nothing within a page is run, so that
 * nothing a client sent ever is.
 * @see https://www.w3.org/TR/CSP3/
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join("; ");

/** The console's page, the same for every path. */
export const page: Asset = assetOf("index.html", PAGE);

const assets = new Map(Object.entries(FILES).map(([name, text]) => [name, assetOf(name, text)]));

/** @param name below `/console/assets/VERSION/`. @returns null: there is none. */
export function assetNamed(name: string): Asset | null {
  return assets.get(name) ?? null;
}

function assetOf(name: string, text: string): Asset {
  const bytes = new TextEncoder().encode(text);
  const etag = `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`;
  return { bytes, etag, type: TYPES[name.slice(name.lastIndexOf(".") + 1)] ?? "application/octet-stream" };
}
