import { GatewayError } from "../errors.ts";

/** @param limit bytes. */
export function tooLargeBody(limit: number): GatewayError {
  return new GatewayError("request_too_large", `The request's body is larger than ${limit} bytes.`);
}

/** @param timeout milliseconds. */
export function stalledBody(timeout: number): GatewayError {
  return new GatewayError(
    "request_timeout",
    `The request's body did not arrive: no progress for ${timeout} ms.`,
  );
}

export function clientLeft(cause?: unknown): GatewayError {
  return new GatewayError("client_closed_request", "The client closed the request.", { cause });
}
