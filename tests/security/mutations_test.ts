/** Short runs of what `deno task test:soak mutated_requests mutated_streams` does a million times. */
import { assert, assertEquals } from "@std/assert";
import type { Account } from "./mutations/account.ts";
import { rawRequests } from "./mutations/raw_requests.ts";
import { mutatedRequests } from "./mutations/requests.ts";
import { mutatedStreams } from "./mutations/streams.ts";

const SEED = 20_261_125;

function assertGood({ faults, failed, outcomes }: Account, good: string): void {
  assertEquals([failed, faults], [0, []]);
  // Some have to come through, or the mutations would try nothing but the parser.
  assert((outcomes.get(good) ?? 0) > 0, JSON.stringify([...outcomes]));
}

Deno.test("3,000 mutated requests to all routes get answers of their dialects, none a failure of the gateway", async () => {
  assertGood(await mutatedRequests(SEED, 3000), "200");
});

Deno.test("1,000 mutated requests on connections are answered or closed, none a failure of the gateway", async () => {
  assertGood(await rawRequests(SEED, 1000), "200");
});

Deno.test("3,000 mutated streams and answers of providers end, each with one record, as the client's format has it", async () => {
  assertGood(await mutatedStreams(SEED, 3000), "stream success");
});
