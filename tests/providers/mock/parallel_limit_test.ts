import { assertEquals } from "@std/assert";
import { limitParallel } from "../../../lib/providers/mock/parallel_limit.ts";

const post = () => new Request("http://mock/", { method: "POST" });

Deno.test("limitParallel() keeps the next waiting until an answer's body has ended, was left, or failed", async () => {
  let running = 0;
  const bodies: ReadableStreamDefaultController<Uint8Array>[] = [];
  const limited = limitParallel(() => {
    running++;
    return new Response(
      new ReadableStream<Uint8Array>({ start: (controller) => void bodies.push(controller) }),
    );
  }, 1);
  const first = await limited(post());
  const [second, third, fourth] = [limited(post()), limited(post()), limited(post())];
  assertEquals(running, 1);
  bodies[0]?.close();
  assertEquals(await first.text(), "");
  await (await second).body?.cancel();
  const failing = await third;
  bodies[2]?.error(new Error("cut"));
  await failing.text().catch(() => {});
  assertEquals([(await fourth).status, running], [200, 4]);
  bodies[3]?.close();
});

Deno.test("limitParallel() lets other methods pass, and gives its turn on where the handler throws", async () => {
  let throws = true;
  const limited = limitParallel((request) => {
    if (request.method === "POST" && throws) throw new Error("broken");
    return new Response(null);
  }, 1);
  assertEquals((await limited(new Request("http://mock/"))).status, 200);
  await Promise.resolve(limited(post())).catch(() => {});
  throws = false;
  assertEquals((await limited(post())).status, 200);
});
