/**
 * Baseline F: the proxy that a user would write in a few lines, with `fetch`.
 * `deno run -A f.ts PORT UPSTREAM_PORT`
 */
const [port, upstream] = Deno.args.map(Number);

Deno.serve({ hostname: "127.0.0.1", port: port ?? 0, onListen() {} }, async (request) => {
  const body = await request.json();
  const answer = await fetch(`http://127.0.0.1:${upstream}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer sk-bench" },
    body: JSON.stringify(body),
  });
  if (body.stream) return new Response(answer.body, { headers: { "content-type": "text/event-stream" } });
  return Response.json(await answer.json());
});
