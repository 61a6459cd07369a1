import type { Exchange } from "./exchange.ts";
import type { Redactor } from "./redaction.ts";

export interface ContentFieldOptions {
  readonly redactor: Redactor;
  /** Characters that a body may take in the log. */
  readonly maxLength: number;
  readonly requests: boolean;
  readonly responses: boolean;
  /** What the user asked last, alone. */
  readonly queries: boolean;
}

/** Fields of the closing line that hold what was said; none by default. */
export type ContentFields = Readonly<Partial<Record<"query" | "request_body" | "response_body", string>>>;

const decoder = new TextDecoder();
/** A larger body is not read for the sake of a log. */
const MAX_READ = 1024 * 1024;

/** What was said in a request, redacted and cut. */
export function contentFields(exchange: Exchange, options: ContentFieldOptions): ContentFields {
  const { content } = exchange;
  if (content === null) return {};
  const { redactor, maxLength } = options;
  const { request, response } = content;
  const query = options.queries && request !== null ? queryOf(request) : "";
  return {
    ...(query === "" ? {} : { query: redactor.text(query, maxLength) }),
    ...(options.requests && request !== null ? { request_body: redactor.body(request, maxLength) } : {}),
    ...(options.responses && response !== null ? { response_body: redactor.body(response, maxLength) } : {}),
  };
}

/** The last that the user said, in whichever format; empty where nobody can tell. */
function queryOf(body: Uint8Array): string {
  if (body.length > MAX_READ) return "";
  try {
    const request = JSON.parse(decoder.decode(body));
    const said = request.messages ?? request.input ?? request.contents ?? request.prompt;
    return textOf(Array.isArray(said) ? said.findLast(isUsers) : said);
  } catch {
    return "";
  }
}

function isUsers(message: unknown): boolean {
  if (typeof message === "string") return true;
  return (message as { role?: unknown } | null)?.role === "user";
}

/** Texts of a message or a part, whatever it calls them. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(textOf).filter((text) => text !== "").join("\n");
  if (typeof value !== "object" || value === null) return "";
  const { content, parts, text } = value as Record<string, unknown>;
  return textOf(content ?? parts ?? text);
}
