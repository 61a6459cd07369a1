/**
 * How often a stream from a provider is read, the same for all of a process. While it has too much to do, each read
 * waits for more to come: pieces are fewer and larger then, and so many more streams can be served.
 */
export class ReadPace {
  /** Milliseconds from a piece to the next read; 0: none, whatever comes is read at once. */
  gap = 0;
}
