import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Credential, CredentialError } from "../../../lib/providers/credentials/credential_source.ts";
import { TokenCredentials } from "../../../lib/providers/credentials/token_credentials.ts";
import type { IssuedToken } from "../../../lib/providers/credentials/token_endpoint.ts";
import { ManualClock } from "../../manual_clock.ts";

const MINUTE = 60_000;

/** Credentials whose issuer answers when the test says so. */
function setup() {
  const clock = new ManualClock();
  const asked: PromiseWithResolvers<IssuedToken>[] = [];
  const told: string[] = [];
  const issuer = {
    issue() {
      const answer = Promise.withResolvers<IssuedToken>();
      asked.push(answer);
      return answer.promise;
    },
    secrets: () => ["planted"],
    close: () => Promise.resolve(),
  };
  const credentials = new TokenCredentials(issuer, clock, (message) => told.push(message));
  const answer = async (token: string, lifetime: number | null = 60 * MINUTE) => {
    asked.at(-1)?.resolve({ token, lifetime });
    await turn();
  };
  const fail = async (message = "no token") => {
    asked.at(-1)?.reject(new CredentialError("credentials_failed", message));
    await turn();
  };
  /** The token at hand. */
  const now = (): Credential => {
    const credential = credentials.credential();
    if (credential instanceof Promise) throw new Error("Cannot use the token: it is not at hand");
    return credential;
  };
  return { clock, asked, told, credentials, answer, fail, now };
}

/** Lets promises that are settled be heard. */
async function turn(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

function tokenOf(credential: Credential): string | undefined {
  return credential.headers[1];
}

Deno.test("TokenCredentials asks once however many wait, then has the token at hand", async () => {
  const { asked, credentials, answer, now } = setup();
  const waiting = [credentials.credential(), credentials.credential(), credentials.credential()];
  assertEquals(asked.length, 1);
  await answer("t-1");
  for (const each of waiting) assertEquals((await each).headers, ["authorization", "Bearer t-1"]);
  assertEquals(tokenOf(now()), "Bearer t-1");
  assertEquals(asked.length, 1);
  assertEquals(credentials.secrets(), ["planted", "t-1"]);
});

Deno.test("TokenCredentials renews before the end, while requests go on with the old token", async () => {
  const { clock, asked, credentials, answer, now } = setup();
  credentials.credential();
  await answer("t-1");
  clock.advance(55 * MINUTE - 1);
  assertEquals([tokenOf(now()), asked.length], ["Bearer t-1", 1]);
  clock.advance(1);
  assertEquals([tokenOf(now()), tokenOf(now()), asked.length], ["Bearer t-1", "Bearer t-1", 2]);
  await answer("t-2");
  assertEquals([tokenOf(now()), asked.length], ["Bearer t-2", 2]);
});

Deno.test("TokenCredentials waits for a new token where the old one has expired", async () => {
  const { clock, credentials, answer } = setup();
  credentials.credential();
  await answer("t-1", 10_000);
  clock.advance(10_000);
  const waiting = credentials.credential();
  assert(waiting instanceof Promise);
  await answer("t-2");
  assertEquals(tokenOf(await waiting), "Bearer t-2");
});

Deno.test("TokenCredentials takes five minutes where the issuer names no end", async () => {
  const { clock, credentials, answer, now } = setup();
  credentials.credential();
  await answer("t-1", null);
  clock.advance(5 * MINUTE - 1);
  assertEquals(tokenOf(now()), "Bearer t-1");
  clock.advance(1);
  assert(credentials.credential() instanceof Promise);
});

Deno.test("TokenCredentials fails whoever waits, asks again a second later, and tells once", async () => {
  const { clock, asked, told, credentials, answer, fail } = setup();
  const waiting = [credentials.credential(), credentials.credential()];
  await fail();
  for (const each of waiting) await assertRejects(() => Promise.resolve(each), CredentialError, "no token");
  await assertRejects(() => Promise.resolve(credentials.credential()), CredentialError);
  assertEquals(asked.length, 1, "not while the failure is fresh");
  clock.advance(1_000);
  const again = credentials.credential();
  again instanceof Promise && again.catch(() => {});
  await fail("no token still");
  assertEquals(told, ["no token"]);
  clock.advance(1_000);
  const last = credentials.credential();
  await answer("t-1");
  assertEquals(tokenOf(await last), "Bearer t-1");
});

Deno.test("TokenCredentials keeps a good token though its renewal fails", async () => {
  const { clock, asked, credentials, answer, fail, now } = setup();
  credentials.credential();
  await answer("t-1");
  clock.advance(56 * MINUTE);
  now();
  await fail();
  assertEquals(tokenOf(now()), "Bearer t-1");
  assertEquals(asked.length, 2);
  clock.advance(1_000);
  now();
  assertEquals(asked.length, 3);
});

Deno.test("TokenCredentials replaces a refused token once", async () => {
  const { clock, asked, credentials, answer, now } = setup();
  credentials.credential();
  await answer("t-1");
  const first = now();
  assertEquals([first.refused?.(403, null), first.refused?.(429, 1)], [false, false], "not its fault");
  assertEquals(first.refused?.(401, null), true);
  credentials.credential();
  assertEquals(first.refused?.(401, null), true, "another request with the old token");
  await answer("t-2");
  assertEquals(asked.length, 2);
  assertEquals(now().refused?.(401, null), false, "a new one is refused too: it is not the token");
  assertEquals(first.refused?.(401, null), true);
  assertEquals(tokenOf(now()), "Bearer t-2");
  clock.advance(30_000);
  assertEquals(now().refused?.(401, null), true);
});

Deno.test("TokenCredentials shows its token to nobody who prints it", async () => {
  const { credentials, answer } = setup();
  credentials.credential();
  await answer("t-hidden");
  assert(!Deno.inspect(credentials, { depth: 20, showHidden: true }).includes("t-hidden"));
});
