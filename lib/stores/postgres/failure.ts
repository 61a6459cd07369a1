/** A failure as the driver gives it: SQLSTATE or the system's code, and the server's severity. */
interface Failure {
  readonly code?: unknown;
  readonly severity?: unknown;
}

/** SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const SQLSTATE = /^[0-9A-Z]{5}$/;
/**
 * Classes that tell of the server and not of the command: connection, authorisation, a missing database, resources,
 * limits, state, an operator, the system, the server's own faults; and a transaction that a standby does not write.
 */
const OF_THE_SERVER = /^(08|28|3D|53|54|55|57|58|F0|XX)|^25006$/;
/** Of these what passes by itself: a server that starts, is full, fails over, or is locked by others. */
const PASSING = /^(08|40|53|55|57|58|XX)|^25006$/;
/** The system's and the driver's own: certificates that are refused, a server without encryption, no password. */
const OF_SETTINGS = /certificate|_CERT_|SELF_SIGNED|UNABLE_TO|ERR_TLS|does not support SSL|client password/i;

/** What the server says no to, and serves others as before: a statement, not the server, is at fault. */
export function isAnswer(error: unknown): boolean {
  const state = sqlstate(error);
  return state !== null && !OF_THE_SERVER.test(state) && !endsConnection(error);
}

/** After which a connection cannot be used: whatever is no answer of the server, and its last words. */
export function endsConnection(error: unknown): boolean {
  const { severity } = (error ?? {}) as Failure;
  return sqlstate(error) === null || severity === "FATAL" || severity === "PANIC";
}

/** What trying again does not help against: somebody has to change something. */
export function isLasting(error: unknown): boolean {
  const state = sqlstate(error);
  if (state !== null) return !PASSING.test(state);
  const { code } = (error ?? {}) as Failure;
  return OF_SETTINGS.test(`${code ?? ""} ${messageOf(error)}`);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function sqlstate(error: unknown): string | null {
  const { code, severity } = (error ?? {}) as Failure;
  return typeof code === "string" && typeof severity === "string" && SQLSTATE.test(code) ? code : null;
}
