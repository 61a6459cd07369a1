/**
 * A collector that answers with whatever status it was told. `deno run -A moody_collector.ts PORT`
 * `PUT /STATUS` tells it; at first it is 200. Asked in vain it keeps nothing.
 */
let status = 200;

Deno.serve({ hostname: "127.0.0.1", port: Number(Deno.args[0]), onListen() {} }, async (request) => {
  if (request.method === "PUT") {
    status = Number(new URL(request.url).pathname.slice(1));
    return new Response(null, { status: 204 });
  }
  await request.bytes();
  return new Response(null, { status, headers: { "content-type": "application/x-protobuf" } });
});
