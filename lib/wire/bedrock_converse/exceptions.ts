import type { JsonObject } from "../canonical.ts";
import { EXCEPTION_PREFIX } from "../aws_event_stream.ts";
import type { WireEvent } from "../framing.ts";

/** What a provider's failure is called in the model, by AWS's name of it in lower case, without its ending. */
const CODES: Readonly<Record<string, string>> = {
  validation: "invalid_request_error",
  accessdenied: "permission_error",
  resourcenotfound: "not_found_error",
  throttling: "rate_limit_error",
  modelnotready: "overloaded_error",
  serviceunavailable: "overloaded_error",
  modeltimeout: "timeout_error",
};

export interface StreamError {
  readonly code: string;
  readonly message: string;
}

/** The exception that an event is; null for any other event. */
export function exceptionOf(event: WireEvent, body: JsonObject | null): StreamError | null {
  if (!event.type.startsWith(EXCEPTION_PREFIX)) return null;
  const name = event.type.slice(EXCEPTION_PREFIX.length);
  const message = body?.message ?? body?.Message;
  return {
    code: CODES[name.toLowerCase().replace(/(?:exception|error)$/, "")] ?? "api_error",
    message: typeof message === "string" ? message : "The provider reported an error.",
  };
}

/** AWS's name of an error, by HTTP status. https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html */
const NAMES: Readonly<Record<number, string>> = {
  400: "validationException",
  401: "accessDeniedException",
  403: "accessDeniedException",
  404: "resourceNotFoundException",
  408: "modelTimeoutException",
  413: "validationException",
  429: "throttlingException",
  503: "serviceUnavailableException",
  504: "modelTimeoutException",
};

export function exceptionName(status: number): string {
  return NAMES[status] ?? (status < 500 ? "validationException" : "internalServerException");
}
