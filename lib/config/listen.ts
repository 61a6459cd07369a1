import type { Report } from "./check.ts";
import type { FileConfig } from "./schema.ts";

/** Where something listens by itself. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** @param host of what names none. */
export function listenAddressOf(listen: string | null, host: string): ListenAddress | null {
  if (listen === null) return null;
  const colon = listen.lastIndexOf(":");
  const given = listen.slice(0, colon).replace(/^\[|\]$/g, "");
  return { host: given === "" ? host : given, port: Number(listen.slice(colon + 1)) };
}

/** Two that listen at one address would share its connections by chance. */
export function checkListeners(
  { server, admin, observability }: Pick<FileConfig, "server" | "admin" | "observability">,
  report: Report,
): void {
  const taken = new Map([[textOf(server), "server.port"]]);
  for (
    const [path, listen] of [
      ["observability.metrics.listen", observability.metrics.listen],
      ["admin.listen", admin.listen],
    ] as const
  ) {
    const address = listenAddressOf(listen, server.host);
    if (address === null || address.port === 0) continue;
    const other = taken.get(textOf(address));
    if (other !== undefined) report.add(path.split("."), `is the address of ${other}`);
    taken.set(textOf(address), path);
  }
}

function textOf({ host, port }: ListenAddress): string {
  return `${host}:${port}`;
}
