import type { Dialect } from "../dialect.ts";
import { Draft } from "../draft.ts";

/** LiteLLM's proxy. Its sections come one after the other; until they are there no file is taken for one of its. */
export const litellm: Dialect = {
  title: "LiteLLM",
  recognises: () => false,
  convert(document) {
    return new Draft(document).finish();
  },
};
