import { amplifications } from "../../security/amplification.ts";
import { atMost } from "../figure.ts";
import type { Scenario } from "../scenario.ts";

export const amplification: Scenario = {
  name: "amplification",
  what: "The worst requests of 4 MB, one after the other: what they cost beside what they cost their client.",
  seconds: { long: 120, short: 60 },
  alone: false,
  async run(soak) {
    for (const { name, memory, cpu } of await amplifications(4 * 2 ** 20)) {
      soak.figure(`memory, × the request's bytes: ${name}`, memory, "", atMost(100));
      soak.figure(`processor time, × the client's own: ${name}`, cpu, "", atMost(100));
    }
  },
};
