import { duration } from "./format.ts";
import { type Caller, CallFailure } from "./http/caller.ts";

/** Where servers of this kind say how they are. */
const HEALTH_PATHS = ["/readyz", "/health/readiness", "/health"];

/** How a server says it is, for people. */
export async function healthOf(caller: Caller): Promise<string> {
  for (const path of HEALTH_PATHS) {
    try {
      const { status, timing } = await caller.call({ method: "GET", path });
      if (status === 404) continue;
      return `${status === 200 ? "healthy" : "not healthy"} (${path}: ${status} in ${
        duration(timing.total)
      })`;
    } catch (error) {
      if (!(error instanceof CallFailure)) throw error;
      return `does not answer (${error.message})`;
    }
  }
  return "says nothing of its health";
}
