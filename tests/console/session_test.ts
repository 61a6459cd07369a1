import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { LoginAttempts } from "../../lib/console/login_attempts.ts";
import { type ConsoleKey, Sessions } from "../../lib/console/session.ts";
import { ManualClock } from "../manual_clock.ts";

const HOUR = 3_600_000;
const KEYS = [{ key: "sk-master", role: "admin" }, { key: "sk-looker", role: "read" }] as const;

function sessions(clock = new ManualClock(), keys: readonly ConsoleKey[] = KEYS): Sessions {
  return new Sessions(keys, HOUR, () => clock.wall());
}

/** What a browser sends back of a `set-cookie`. */
function sent(cookie: string | null): string {
  return (cookie ?? "").split(";")[0] ?? "";
}

Deno.test("a key begins a session of its role, which other processes know and which lasts its time", () => {
  const clock = new ManualClock();
  const cookie = sessions(clock).begin("sk-master", false) ?? "";
  assertEquals(cookie.includes("sk-master"), false);
  for (const part of ["HttpOnly", "SameSite=Strict", "Path=/console", "Max-Age=3600"]) {
    assert(cookie.includes(part), part);
  }
  assertEquals(cookie.includes("Secure"), false);
  assert(sessions(clock).begin("sk-master", true)?.endsWith("; Secure"));
  const other = sessions(clock);
  assertEquals(other.of(`a=1; ${sent(cookie)}; b=2`)?.role, "admin");
  assertEquals(other.of(sent(other.begin("sk-looker", false)))?.role, "read");
  clock.advance(HOUR);
  assertEquals(other.of(sent(cookie)), null);
});

Deno.test("nobody gets in with another key, or with a cookie that is not what was signed", () => {
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
  for (const cookie of forged) assertEquals(all.of(cookie), null, cookie);
  // With its key a session ends.
  assertEquals(sessions(new ManualClock(), [KEYS[0]]).of(looker), null);
});

Deno.test("the token of changes is of one session alone", () => {
  const clock = new ManualClock();
  const all = sessions(clock);
  const first = all.of(sent(all.begin("sk-master", false)));
  clock.advance(1);
  const second = all.of(sent(all.begin("sk-master", false)));
  assertEquals([first?.csrf === undefined, second?.csrf === undefined], [false, false]);
  assertNotEquals(first?.csrf, second?.csrf);
});

Deno.test("logins that fail are limited by address and altogether, for a minute", () => {
  const clock = new ManualClock();
  const attempts = new LoginAttempts(() => clock.now());
  for (let i = 0; i < 10; i++) {
    assertEquals(attempts.wait("a"), 0);
    attempts.failed("a");
  }
  assertEquals([attempts.wait("a") > 0, attempts.wait("b")], [true, 0]);
  for (let i = 0; i < 90; i++) attempts.failed(`address ${i}`);
  assertEquals(attempts.wait("b"), 60_000);
  clock.advance(60_000);
  assertEquals([attempts.wait("a"), attempts.wait("b")], [0, 0]);
});
