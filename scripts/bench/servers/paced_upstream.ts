/**
 * A provider that streams: to each POST, `CHUNKS` chunks, one each `PACE` ms, each a write of its own with the
 * time of writing in it. `deno run -A paced_upstream.ts PORT CHUNKS PACE`
 */
import { createServer } from "node:http";
import { contentChunk, DONE, FINISH_CHUNK, USAGE_CHUNK } from "../payload.ts";

const [port, chunks = 200, pace = 10] = Deno.args.map(Number);

createServer((request, response) => {
  let body = "";
  request.on("data", (chunk: Uint8Array) => body += chunk);
  request.on("end", () => {
    const withUsage = JSON.parse(body).stream_options?.include_usage === true;
    response.socket?.setNoDelay(true);
    response.writeHead(200, { "content-type": "text/event-stream" });
    let sent = 0;
    const timer = setInterval(() => {
      response.write(contentChunk(performance.timeOrigin + performance.now()));
      if (++sent < chunks) return;
      clearInterval(timer);
      response.end(FINISH_CHUNK + (withUsage ? USAGE_CHUNK : "") + DONE);
    }, pace);
    response.on("close", () => clearInterval(timer));
  });
}).listen(port, "127.0.0.1", 4096);
