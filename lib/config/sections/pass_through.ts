import { boolean, choice, duration, integer, text } from "../kinds.ts";
import { key, list, optional, required, section } from "../node.ts";
import { STORES } from "./store.ts";

export const pass_through = section(
  "APIs that are passed through to a provider: files, batches, vector stores, audio, …",
  {
    provider: optional(
      text("the name of a provider"),
      "Who answers what names no model: `/v1/files`, `/v1/batches`, `/v1/vector_stores`, moderations and " +
        "images without a model. Unset: nobody.",
    ),
    shared: key(
      boolean(),
      "Whether callers with keys share the files, batches and vector stores of the provider's account. Otherwise each " +
        "sees, names and reaches its own alone, those that it made through the gateway: which these are is kept here.",
      false,
    ),
    common: list(
      "Files and vector stores, made elsewhere, that every caller's requests may name, but neither change nor delete.",
      required(text("the id of a file or a vector store"), "An id at the provider's account."),
    ),
    store: key(
      choice(STORES),
      "Where it is kept which file, batch or vector store is whose; in `redis` and `postgres` any number of machines may share it, and " +
        "the section of that name says where it is.",
      "sqlite",
    ),
    path: key(
      text(),
      "The SQLite file, made where there is none; relative to the configuration. Several processes of one machine may " +
        "share it. Where it cannot be opened (a read-only file system) it is kept in memory, with a warning.",
      "owned_ids.db",
    ),
    max_ids: key(
      integer(1),
      "How many files, batches and vector stores are known. Of too many the oldest are forgotten, and then are nobody's.",
      1_000_000,
    ),
    timeout: key(duration(10), "How long one command to the SQLite file may take.", "1s"),
  },
);
