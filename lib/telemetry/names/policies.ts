/** In which order the targets of a model are tried: values of `backend.policy`. */
export const POLICIES = ["weighted", "priority", "least_busy", "latency", "cost", "least_used"] as const;

export type Policy = (typeof POLICIES)[number];
