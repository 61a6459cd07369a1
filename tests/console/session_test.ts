import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { EndedSessions } from "../../lib/console/ended_sessions.ts";
import { type ConsoleKey, type Session, Sessions } from "../../lib/console/session.ts";
import type { EndedSession } from "../../lib/stores/request_store.ts";
import { ManualClock } from "../manual_clock.ts";

const HOUR = 3_600_000;
const KEYS = [{ key: "sk-master", role: "admin" }, { key: "sk-looker", role: "read" }] as const;

/** What processes share. */
class SharedList {
  readonly ended: EndedSession[] = [];
  asked = 0;
  down = false;

  endSession(session: EndedSession): Promise<void> {
    if (this.down) return Promise.reject(new Error("down"));
    this.ended.push(session);
    return Promise.resolve();
  }

  endedSessions(): Promise<readonly EndedSession[]> {
    this.asked++;
    return this.down ? Promise.reject(new Error("down")) : Promise.resolve(this.ended);
  }
}

function sessions(
  clock = new ManualClock(),
  keys: readonly ConsoleKey[] = KEYS,
  store = new SharedList(),
): Sessions {
  const ended = new EndedSessions({ now: () => clock.now(), store });
  return new Sessions(keys, HOUR, () => clock.wall(), ended);
}

function there(session: Session | null): Session {
  if (session === null) throw new Error("There is no session");
  return session;
}

/** What a browser sends back of a `set-cookie`. */
function sent(cookie: string | null): string {
  return (cookie ?? "").split(";")[0] ?? "";
}

Deno.test("a key begins a session of its role, which other processes know and which lasts its time", async () => {
  const clock = new ManualClock();
  const cookie = sessions(clock).begin("sk-master", false) ?? "";
  assertEquals(cookie.includes("sk-master"), false);
  for (const part of ["HttpOnly", "SameSite=Strict", "Path=/console", "Max-Age=3600"]) {
    assert(cookie.includes(part), part);
  }
  assertEquals(cookie.includes("Secure"), false);
  assert(sessions(clock).begin("sk-master", true)?.endsWith("; Secure"));
  const other = sessions(clock);
  assertEquals((await other.of(`a=1; ${sent(cookie)}; b=2`))?.role, "admin");
  assertEquals((await other.of(sent(other.begin("sk-looker", false))))?.role, "read");
  clock.advance(HOUR);
  assertEquals(await other.of(sent(cookie)), null);
});

Deno.test("nobody gets in with another key, or with a cookie that is not what was signed", async () => {
  const all = sessions();
  for (const key of ["", "sk-maste", "sk-master ", "x".repeat(5000)]) {
    assertEquals(all.begin(key, false), null);
  }
  const looker = sent(all.begin("sk-looker", false));
  const forged = [
    "",
    looker.replace("read", "admin"),
    looker.replace(/\.\d+\./, ".9999999999999."),
    looker.slice(0, -1),
    `${looker}x`,
    looker.replace("llm_gateway_console", "other"),
    "llm_gateway_console=admin.9999999999999.",
    "llm_gateway_console=admin.9999999999999.undefined",
  ];
  for (const cookie of forged) assertEquals(await all.of(cookie), null, cookie);
  // With its key a session ends.
  assertEquals(await sessions(new ManualClock(), [KEYS[0]]).of(looker), null);
});

Deno.test("the token of changes is of one session alone, also of two that begin at once", async () => {
  const all = sessions();
  const first = await all.of(sent(all.begin("sk-master", false)));
  const second = await all.of(sent(all.begin("sk-master", false)));
  assertEquals([first?.csrf === undefined, second?.csrf === undefined], [false, false]);
  assertNotEquals(first?.csrf, second?.csrf);
});

Deno.test("a session that was ended is over for whoever has its cookie, in all processes within a second", async () => {
  const clock = new ManualClock();
  const shared = new SharedList();
  const [one, other] = [sessions(clock, KEYS, shared), sessions(clock, KEYS, shared)];
  const [cookie, stays] = [sent(one.begin("sk-master", false)), sent(one.begin("sk-master", false))];
  const session = there(await one.of(cookie));
  assert(await other.of(cookie) !== null);
  await one.end(session);
  assertEquals([await one.of(cookie), await one.isOver(session)], [null, true]);
  clock.advance(1000);
  assertEquals(await other.of(cookie), null);
  assert(await one.of(stays) !== null && await other.of(stays) !== null);
  // One that has just started hears of it before it lets anybody in.
  assertEquals(await sessions(clock, KEYS, shared).of(cookie), null);
});

Deno.test("sessions go by what was heard while the store is away, and ask it once a second at most", async () => {
  const clock = new ManualClock();
  const shared = new SharedList();
  const all = sessions(clock, KEYS, shared);
  const [ended, stays] = [sent(all.begin("sk-master", false)), sent(all.begin("sk-master", false))];
  const session = there(await all.of(ended));
  await all.end(session);
  shared.down = true;
  clock.advance(5000);
  shared.asked = 0;
  await Promise.all(Array.from({ length: 10 }, () => all.of(stays)));
  assert(await all.of(stays) !== null);
  assertEquals([await all.of(ended), shared.asked], [null, 1]);
});
