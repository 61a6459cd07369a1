/**
 * Rows are kept in the order in which they were committed, which is that of their ends but for so many milliseconds:
 * batches of several processes cross. What is imported keeps to it, too.
 */
export const DISORDER = 10_000;
