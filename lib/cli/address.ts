/** The URL at which this machine reaches what listens on `host` and `port`. */
export function localUrl(host: string, port: number): string {
  if (host === "0.0.0.0" || host === "") return `http://127.0.0.1:${port}`;
  if (host === "::") return `http://[::1]:${port}`;
  return host.includes(":") ? `http://[${host.replace(/^\[|\]$/g, "")}]:${port}` : `http://${host}:${port}`;
}
