/** An error with a code that `connection_failure.ts` knows. */
export type CodedError = Error & { readonly code: string };

export function coded(code: string, message: string, cause?: unknown): CodedError {
  return Object.assign(new Error(message, { cause }), { code });
}
