/// <reference lib="deno.worker" />
/**
 * The worker that a database on disk lives in, for SQLite is synchronous. It knows no store: it opens the file of
 * a row of `databases.ts` and runs that row's commands.
 */
import { collectGarbage } from "../../garbage.ts";
import { BatchRunner } from "./batch.ts";
import { openDatabase, probe } from "./database.ts";
import { DATABASES } from "./databases.ts";
import type { Answer, OpenMessage, Request } from "./messages.ts";
import { Tidying } from "./tidying.ts";

let runner: BatchRunner | null = null;
let close = () => {};
const tidying = new Tidying(collectGarbage);

self.onmessage = ({ data: request }: MessageEvent<Request>) => {
  if (request.type === "run") {
    runner?.run(request.commands);
    tidying.worked();
  } else if (request.type === "open") open(request);
  else {
    close();
    answer({ type: "closed" });
  }
};

function open(message: OpenMessage): void {
  try {
    const kind = DATABASES[message.database];
    if (kind === undefined) throw new Error(`there is no database "${message.database}"`);
    const database = openDatabase(kind, message);
    close = () => database.close();
    runner = new BatchRunner(
      database,
      { ...kind.commands(database, message.options), probe: probe(database) },
      message.patience,
      (outcomes) => answer({ type: "done", outcomes }),
    );
    answer({ type: "opened" });
  } catch (error) {
    answer({ type: "refused", reason: error instanceof Error ? error.message : String(error) });
  }
}

function answer(message: Answer): void {
  self.postMessage(message);
}
