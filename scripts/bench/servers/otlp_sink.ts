/**
 * A collector that counts the bytes it gets and keeps none. `deno run -A otlp_sink.ts PORT`
 * `GET /` answers `{"requests","bytes"}`.
 */
const seen = { requests: 0, bytes: 0 };

Deno.serve({ hostname: "127.0.0.1", port: Number(Deno.args[0]), onListen() {} }, async (request) => {
  if (request.method !== "POST") return Response.json(seen);
  seen.requests++;
  seen.bytes += (await request.bytes()).byteLength;
  return new Response(new Uint8Array(0), { headers: { "content-type": "application/x-protobuf" } });
});
