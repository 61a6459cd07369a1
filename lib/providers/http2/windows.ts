/** What a provider may send on one stream before the caller has taken it, bytes: the most that waits for a slow one. */
export const RECEIVE_WINDOW = 256 * 1024;

/**
 * The same of a whole connection: so much that no stream ever waits because of another. What waits is bounded by the
 * streams' own windows.
 */
export const CONNECTION_WINDOW = 16 * 1024 * 1024;

/** Until a peer says otherwise. @see https://www.rfc-editor.org/rfc/rfc9113#section-6.9.2 */
export const DEFAULT_WINDOW = 65_535;

/** The largest that a window may become. */
export const MAX_WINDOW = 0x7fffffff;
