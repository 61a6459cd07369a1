/** nginx as the upstream that answers at once, and as the proxy to compare with. */
import { ANSWER } from "./payload.ts";
import { freePort, type Program, startProgram } from "./program.ts";

/** Answers every request with the same chat completion. */
export function startMockUpstream(directory: string): Promise<Program> {
  return startNginx(directory, `location / { default_type application/json; return 200 '${ANSWER}'; }`);
}

/** Passes every request on to `upstream`, over connections that it keeps. */
export function startProxy(directory: string, upstream: number): Promise<Program> {
  return startNginx(
    directory,
    `location / {
      proxy_pass http://upstream;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }`,
    `upstream upstream { server 127.0.0.1:${upstream}; keepalive 256; keepalive_requests 1000000000; }`,
  );
}

/** Answers the same, but to so many requests a second: the others wait for their turn. */
export function startPacer(directory: string, rate: number): Promise<Program> {
  const socket = `unix:${directory}/answers.sock`;
  return startNginx(
    directory,
    `location / {
      limit_req zone=pace burst=10000;
      proxy_pass http://answers;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }`,
    `limit_req_zone $server_name zone=pace:1m rate=${rate}r/s;
  upstream answers { server ${socket}; keepalive 256; keepalive_requests 1000000000; }
  server {
    listen ${socket};
    location / { default_type application/json; return 200 '${ANSWER}'; }
  }`,
  );
}

async function startNginx(directory: string, location: string, more = ""): Promise<Program> {
  const port = freePort();
  const file = `${directory}/nginx-${port}.conf`;
  await Deno.writeTextFile(file, configuration(directory, port, location, more));
  const command = ["nginx", "-p", directory, "-c", file, "-e", "stderr"] as const;
  return await startProgram({ command: [...command], port });
}

function configuration(directory: string, port: number, location: string, more: string): string {
  // Started by root, its worker would become `nobody` and not reach the directory.
  const user = Deno.uid() === 0 ? "user root;" : "";
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${directory}/${name};`).join("\n  ");
  // One process, so that its CPU time is that of one pid.
  return `daemon off;
master_process off;
${user}
pid ${directory}/nginx-${port}.pid;
error_log stderr error;
events { worker_connections 4096; }
http {
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 3600s;
  ${temporary}
  ${more}
  server {
    listen 127.0.0.1:${port} backlog=4096;
    server_name bench;
    ${location}
  }
}
`;
}
