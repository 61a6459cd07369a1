const RETRY_MS = 100;

/**
 * The pause before accepting again after it failed, as it does while all file descriptors are taken. A timer of
 * the platform, not a Deadline: while nothing is accepted, it alone may be what keeps the process alive.
 */
export function retryPause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, RETRY_MS));
}
