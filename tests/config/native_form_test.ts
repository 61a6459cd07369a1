import { assertEquals } from "@std/assert";
import type { Dialect } from "../../lib/config/dialects/dialect.ts";
import { Draft } from "../../lib/config/dialects/draft.ts";
import { nativeForm } from "../../lib/config/native_form.ts";
import { nativeText } from "../../lib/config/native_text.ts";
import { parseYaml } from "../../lib/config/yaml.ts";

/** A dialect that has ports as `listen` and nothing else. */
const LISTENER: Dialect = {
  title: "Listener",
  recognises: (tree) => "listen" in tree,
  convert(document) {
    const draft = new Draft(document);
    const { listen, headers, colour } = document.tree;
    draft.set(["server", "port"], listen, ["listen"]);
    draft.set(["logging", "level"], "DEBUG", null);
    if (headers !== undefined) draft.set(["providers", "a", "headers"], headers, ["headers"]);
    if (colour !== undefined) draft.note(["colour"], "there are no colours", ["server", "port"]);
    if (document.tree.lisen !== undefined) draft.mistake(["lisen"], "unknown key");
    draft.note([], "is short");
    return draft.finish();
  },
};

function formOf(text: string) {
  const document = parseYaml(text, "l.yaml");
  const context = { env: () => undefined, readFile: () => "" };
  return nativeForm(document, document.tree ?? {}, "l.yaml", context, [LISTENER]);
}

Deno.test("nativeForm() leaves the gateway's own form as it is", () => {
  const form = formOf("server:\n  port: 1\n");
  assertEquals(form.dialect, null);
  assertEquals(form.tree, { server: { port: 1 } });
  assertEquals(form.places.placeOf(["server", "port"]), {
    file: "l.yaml",
    path: ["server", "port"],
    line: 2,
  });
});

Deno.test("nativeForm() finds the originals of converted keys, of those below and of those around", () => {
  const { places, tree } = formOf("headers:\n  x-a: 1\nlisten: 1\n");
  assertEquals(tree, {
    server: { port: 1 },
    logging: { level: "DEBUG" },
    providers: { a: { headers: { "x-a": 1 } } },
  });
  const place = (path: readonly string[], line: number) => ({ file: "l.yaml", path, line });
  assertEquals(places.placeOf(["server", "port"]), place(["listen"], 3));
  assertEquals(places.placeOf(["server"]), place(["listen"], 3));
  assertEquals(places.placeOf(["providers", "a", "headers", "x-a"]), place(["headers", "x-a"], 2));
  assertEquals(places.placeOf(["providers", "a", "headers", "x-b"]), place(["headers"], 1));
  assertEquals(places.placeOf(["logging", "level"]), null, "the dialect's default");
});

Deno.test("nativeForm() names file and line of the original in notes and mistakes", () => {
  const { notes, problems } = formOf("listen: 1\ncolour: red\nlisen: 2\n");
  assertEquals(notes.map(({ text }) => text), [
    "l.yaml: is short",
    "l.yaml:2: colour: there are no colours",
  ]);
  assertEquals(problems, [{ source: "l.yaml", line: 3, path: ["lisen"], message: "unknown key" }]);
});

Deno.test("nativeText() puts notes above the keys that they are about, the others at the head", () => {
  assertEquals(
    nativeText(formOf("listen: ${PORT}\ncolour: red\n")),
    `# Converted from Listener by gateway check-config --convert.
# l.yaml: is short

server:
  # l.yaml:2: colour: there are no colours
  port: "\${PORT}"

logging:
  level: DEBUG
`,
  );
});
