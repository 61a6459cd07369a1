import { assertEquals } from "@std/assert";
import { GatewayError } from "../../../lib/errors.ts";
import { type Endable, OpenAnswers } from "../../../lib/stages/upstream/open_answers.ts";

class Answer implements Endable {
  place = -1;
  readonly failures: string[] = [];
  constructor(private readonly open: OpenAnswers) {
    open.add(this);
  }
  fail(error: GatewayError): void {
    this.failures.push(error.code);
    this.open.delete(this);
  }
}

Deno.test("OpenAnswers ends each answer that is under way once, whichever went before", () => {
  const open = new OpenAnswers();
  const answers = Array.from({ length: 5 }, () => new Answer(open));
  for (const gone of [1, 4, 1]) open.delete(answers[gone] as Answer);
  assertEquals(open.size, 3);
  open.failAll(new GatewayError("shutting_down", "over"));
  assertEquals(answers.map((it) => it.failures.length), [1, 0, 1, 1, 0]);
  assertEquals(open.size, 0);
});
