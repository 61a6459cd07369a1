import { boolean, choice, duration, integer, secret, size, text } from "../kinds.ts";
import { key, list, optional, required, section } from "../node.ts";

export const requests = section(
  "Finished requests, one by one, with their whole story: what the console shows.",
  {
    enabled: optional(
      boolean(),
      "Whether they are kept. Unset: where somebody could look at them, which takes `auth.master_key` or `console.keys`.",
    ),
    store: key(
      choice(["sqlite", "memory", "postgres"]),
      "Where they are kept. In `postgres` any number of machines share them, and the section of that name says where " +
        "it is. In memory each process has its own, for as long as it lives.",
      "sqlite",
    ),
    path: key(
      text(),
      "The SQLite file, made where there is none; relative to the configuration. Several processes of one machine may " +
        "share it. Where it cannot be opened (a read-only file system) they are kept in memory, with a warning.",
      "requests.db",
    ),
    max_age: key(
      duration(60_000),
      "How long one is kept. Figures are kept for longer: by the day for five years.",
      "30d",
    ),
    max_size: key(
      size(),
      "What they may take, in the file or of the database; the oldest go first. A request takes about 700 bytes in " +
        "SQLite.",
      "1GiB",
    ),
    headers: optional(
      boolean(),
      "Whether the headers of a request and of its answer are kept with it: no keys or cookies, nothing that looks " +
        "like a secret, 64 of each and 4 KiB at most. Unset: where `logging.log_requests` keeps what was said.",
    ),
    max_rows: key(integer(100), "How many are kept in memory, a process.", 10_000),
  },
);

export const console = section(
  "The console in the browser, at `/console`. It takes `auth.master_key` or a key here.",
  {
    enabled: key(boolean(), "Whether it is there.", true),
    keys: list(
      "Keys with which one may look at everything and change nothing.",
      section("One key.", {
        name: required(text(), "Whose it is."),
        key: required(secret(), "The key itself, best as `${VARIABLE}` or `${file:/run/secrets/…}`."),
      }),
    ),
    session: key(duration(60_000), "How long one stays logged in.", "12h"),
    trace_link: optional(
      text(),
      "Where a trace is shown elsewhere, with `{trace_id}` in it: `https://jaeger.example/trace/{trace_id}`.",
    ),
  },
);
