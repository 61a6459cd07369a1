/** Services that guardrails ask: the same way out as to providers. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { GatewayError } from "../../lib/errors.ts";
import { MOST_BYTES, type Services } from "../../lib/stages/post_json.ts";
import { servicesAt } from "./services.ts";

function server(answer: (request: Request) => Response | Promise<Response>) {
  const paths: string[] = [];
  const serving = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    paths.push(new URL(request.url).pathname);
    await request.body?.cancel();
    return await answer(request);
  });
  return { paths, port: serving.addr.port, [Symbol.asyncDispose]: () => serving.shutdown() };
}

/** What asking fails with. */
async function failure(services: Services, url: string, timeout = 5_000): Promise<string> {
  try {
    const error = await assertRejects(() => services.post(url, {}, { who: "It", timeout }), GatewayError);
    assertEquals(error.code, "upstream_invalid_response");
    return error.message;
  } finally {
    await services.close();
  }
}

Deno.test("a service whose name leads to clouds' metadata, now or the next time, is not connected to", async () => {
  for (const address of ["169.254.169.254", "fd00:ec2::254", "::ffff:169.254.169.254", "100.100.100.200"]) {
    const why = await failure(servicesAt(address), "http://judge.test:9/");
    assertStringIncludes(why, "address", address);
  }
});

Deno.test("a service is asked where its name leads to, and nowhere that it sends to", async () => {
  await using elsewhere = server(() => Response.json({}));
  for (const status of [301, 302, 303, 307, 308]) {
    const location = `http://127.0.0.1:${elsewhere.port}/secret`;
    await using redirecting = server(() => new Response(null, { status, headers: { location } }));
    const why = await failure(servicesAt("127.0.0.1"), `http://judge.test:${redirecting.port}/judge`);
    assertStringIncludes(why, `status ${status}`);
    assertEquals(redirecting.paths, ["/judge"]);
  }
  assertEquals(elsewhere.paths, []);
});

Deno.test("an answer of a service that is too long, or does not come, is none", async () => {
  await using long = server(() => new Response(new Uint8Array(MOST_BYTES + 1).fill(32)));
  assertStringIncludes(await failure(servicesAt("127.0.0.1"), `http://a.test:${long.port}/`), "more than");
  const silence = Promise.withResolvers<Response>();
  await using silent = server(() => silence.promise);
  await failure(servicesAt("127.0.0.1"), `http://a.test:${silent.port}/`, 50);
  silence.resolve(new Response());
});

Deno.test("an answer of a service is read no further than the most that is kept of one", async () => {
  const left = Promise.withResolvers<void>();
  const chunk = new Uint8Array(64 * 1024).fill(32);
  await using endless = server(() =>
    new Response(
      new ReadableStream({ pull: (out) => out.enqueue(chunk), cancel: () => left.resolve() }),
    )
  );
  assertStringIncludes(await failure(servicesAt("127.0.0.1"), `http://a.test:${endless.port}/`), "more than");
  await left.promise;
});

Deno.test("the headers of a question take the place of those that all have", async () => {
  const seen: (string | null)[][] = [];
  await using judge = server(({ headers }) => {
    seen.push(["content-type", "accept", "authorization"].map((name) => headers.get(name)));
    return Response.json({ flagged: false });
  });
  const services = servicesAt("127.0.0.1");
  const headers = { "Content-Type": "application/vnd.judge+json", authorization: "Bearer k" };
  const url = `http://judge.test:${judge.port}/`;
  assertEquals(await services.post(url, {}, { who: "It", headers, timeout: 5_000 }), { flagged: false });
  await services.close();
  assertEquals(seen, [["application/vnd.judge+json", "application/json", "Bearer k"]]);
});
