/**
 * Baseline U: as F, with undici's `dispatch`, the cheapest way to call a server from Deno.
 * `deno run -A u.ts PORT UPSTREAM_PORT`
 */
import { Buffer } from "node:buffer";
import { Pool } from "undici";

const [port, upstream] = Deno.args.map(Number);
const pool = new Pool(`http://127.0.0.1:${upstream}`, { headersTimeout: 0, bodyTimeout: 0 });

function post(body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    pool.dispatch({
      path: "/v1/chat/completions",
      method: "POST",
      headers: ["content-type", "application/json", "authorization", "Bearer sk-bench"],
      body,
    }, {
      onRequestStart() {},
      onResponseStart() {},
      onResponseData(_controller, chunk) {
        chunks.push(chunk);
      },
      onResponseEnd() {
        resolve(new TextDecoder().decode(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
      },
      onResponseError(_controller, error) {
        reject(error);
      },
    });
  });
}

Deno.serve({ hostname: "127.0.0.1", port: port ?? 0, onListen() {} }, async (request) => {
  const answer = await post(JSON.stringify(await request.json()));
  return Response.json(JSON.parse(answer));
});
