import { text } from "../kinds.ts";
import { optional, section } from "../node.ts";

export const pass_through = section("APIs that are passed through to a provider: files, batches, audio, …", {
  provider: optional(
    text("the name of a provider"),
    "Who answers what names no model: `/v1/files`, `/v1/batches`, moderations and images without a model. All clients share what it keeps. Unset: nobody.",
  ),
});
