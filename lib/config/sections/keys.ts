import { choice, duration, integer } from "../kinds.ts";
import { key, optional, section } from "../node.ts";
import { storePath, STORES } from "./store.ts";

export const keys = section(
  "Virtual keys, with their teams and users: made, changed and removed while the gateway runs, by the admin API or " +
    "`gateway keys`. Absent: there are none.",
  {
    store: optional(
      choice(STORES),
      "Where they are kept; in `redis` and `postgres` any number of machines may share them, and the section of that " +
        "name says where it is. Unset: `sqlite` with a `path`, else there are no virtual keys.",
    ),
    path: storePath(),
    timeout: key(duration(10), "How long one command to the SQLite file may take.", "1s"),
    refresh: key(
      duration(50),
      "How often each process looks whether anything has changed: the longest that a key which was disabled, removed " +
        "or rotated is still good elsewhere than in the process that did it.",
      "1s",
    ),
    max_known: key(
      integer(1),
      "How many keys a process remembers: these go on while the store cannot be reached, others are refused with 503.",
      10_000,
    ),
    max_keys: key(
      integer(1),
      "How many keys there may be, and how many teams and how many users: more are refused with 409, whoever makes them.",
      100_000,
    ),
    owner: key(
      choice(["key", "user", "team"]),
      "Whose is what is stored for a virtual key, such as conversations: its own, or shared by all keys of its user or " +
        "its team, where it has one.",
      "key",
    ),
  },
);
