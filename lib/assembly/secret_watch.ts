import type { Clock } from "../clock.ts";
import type { LiveSecrets } from "../config/live_secrets.ts";

/** How often the files of secrets are read again, milliseconds. They are small, and nobody waits for it. */
const INTERVAL = 2_000;

/** What the watch tells; of a logger. */
export interface SecretWatchLog {
  info(message: string, fields: { event: string }): void;
  warn(message: string, fields: { event: string }): void;
}

/** Reads the files of secrets again and again. @returns what stops it. */
export function watchSecrets(secrets: LiveSecrets, clock: Clock, log: SecretWatchLog): () => void {
  if (secrets.size === 0) return () => {};
  let reading = false;
  return clock.every(INTERVAL, async () => {
    // A file system that hangs gets one reader.
    if (reading) return;
    reading = true;
    for (const { key, kind, message } of await secrets.refresh()) {
      if (kind === "changed") {
        log.info(`${key} has changed: the new value is used`, { event: "secret.changed" });
      } else if (kind === "readable_again") {
        log.info(`${key} can be read again`, { event: "secret.readable" });
      } else log.warn(`${key} keeps its last value: ${message}`, { event: "secret.unreadable" });
    }
    reading = false;
  });
}
