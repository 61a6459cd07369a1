/** How much a model may be told to reason. */
export const EFFORTS = ["minimal", "low", "medium", "high", "xhigh", "max"] as const;
