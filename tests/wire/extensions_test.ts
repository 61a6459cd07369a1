import { assertEquals } from "@std/assert";
import { Dropped, extensionsOf, ownFields } from "../../lib/wire/extensions.ts";

Deno.test("ownFields() gives a format what it left, and no other", () => {
  const extensions = extensionsOf("openai_chat", { a: 1 });
  assertEquals(ownFields("openai_chat", extensions), { a: 1 });
  assertEquals(ownFields("anthropic_messages", extensions), undefined);
  assertEquals(extensionsOf("openai_chat", undefined), undefined);
});

Deno.test("Dropped names what is lost once and in order, and nothing that asks for nothing", () => {
  const dropped = new Dropped();
  dropped.add("seed");
  dropped.addForeign("openai_chat", {
    format: "anthropic_messages",
    fields: { container: "c", seed: 1, empty: [], off: false, none: null, stream_options: { x: 1 } },
  });
  dropped.addForeign("anthropic_messages", { format: "anthropic_messages", fields: { mine: 1 } });
  assertEquals(dropped.names(), ["seed", "container"]);
});
