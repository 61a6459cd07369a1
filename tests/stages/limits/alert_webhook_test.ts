import { assertEquals } from "@std/assert";
import { AlertWebhook } from "../../../lib/stages/limits/alert_webhook.ts";
import type { Posted } from "../../../lib/providers/outbound_post.ts";
import { ManualClock } from "../../manual_clock.ts";

function setup(answer: (body: { n: number }) => Posted) {
  const clock = new ManualClock();
  const sent: number[] = [];
  const lost: [unknown, string][] = [];
  let closed = 0;
  const webhook = new AlertWebhook({
    place: {
      post(alert) {
        const body = alert as { n: number };
        sent.push(body.n);
        return Promise.resolve(answer(body));
      },
      close: () => Promise.resolve(void closed++),
    },
    clock,
    onLost: (alert, why) => lost.push([alert, why]),
  });
  return { clock, webhook, sent, lost, closed: () => closed };
}

const turns = async () => {
  for (let i = 0; i < 30; i++) await Promise.resolve();
};
const ok = () => ({ status: 204 });

Deno.test("AlertWebhook posts one after the other, and closes its way at the end", async () => {
  const { webhook, sent, lost, closed } = setup(ok);
  for (const n of [1, 2, 3]) webhook.send({ n });
  await turns();
  assertEquals([sent, lost], [[1, 2, 3], []]);
  await webhook.close();
  assertEquals(closed(), 1);
});

Deno.test("AlertWebhook tries again later and later, six times, and not what is refused for good", async () => {
  const { clock, webhook, sent, lost } = setup(({ n }) => ({ status: n === 1 ? 503 : n === 2 ? 302 : 404 }));
  webhook.send({ n: 1 });
  await turns();
  for (
    const [ms, tries] of [[999, 1], [251, 2], [2_000, 3], [4_000, 4], [8_000, 5], [16_250, 6], [
      60_000,
      6,
    ]] as const
  ) {
    clock.advance(ms);
    await turns();
    assertEquals(sent.length, tries, `${ms}`);
  }
  assertEquals(lost, [[{ n: 1 }, "status 503"]]);
  webhook.send({ n: 2 });
  webhook.send({ n: 3 });
  await turns();
  assertEquals(lost.slice(1), [[{ n: 2 }, "status 302"], [{ n: 3 }, "status 404"]]);
  await webhook.close();
});

Deno.test("AlertWebhook keeps a hundred, and tries each once more at the end", async () => {
  let away = true;
  const { webhook, sent, lost } = setup(() => away ? { failure: "connection refused" } : ok());
  for (let n = 0; n < 110; n++) webhook.send({ n });
  await turns();
  assertEquals(lost.every(([, why]) => why === "too many wait already"), true);
  assertEquals(lost.length > 0 && lost.length <= 10, true);
  away = false;
  sent.length = 0;
  await webhook.close();
  assertEquals(new Set(sent).size >= 99, true, `${new Set(sent).size}`);
});
