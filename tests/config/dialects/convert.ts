import { allDialects } from "../../../lib/config/dialects.ts";
import { type NativeForm, nativeForm } from "../../../lib/config/native_form.ts";
import { formatProblem } from "../../../lib/config/problem.ts";
import { parseYaml } from "../../../lib/config/yaml.ts";

const DIALECTS = await allDialects();

export interface DialectSources {
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

/** What is made of a text, as `their.yaml`. @throws where it is no YAML. */
export function converted(text: string, { env = {}, files = {} }: DialectSources = {}): NativeForm {
  const document = parseYaml(text, "their.yaml");
  if (document.tree === null) throw new Error(document.problems.map(formatProblem).join("\n"));
  return nativeForm(document, document.tree, "their.yaml", {
    env: (name) => env[name],
    readFile(path) {
      const content = files[path];
      if (content === undefined) throw new Deno.errors.NotFound(path);
      return content;
    },
  }, DIALECTS);
}

export function problemsOf(form: NativeForm): string[] {
  return form.problems.map(formatProblem);
}

/** The notes of what is lost, as people read them. */
export function warningsOf(form: NativeForm): string[] {
  return form.notes.flatMap(({ lost, text }) => lost ? [text] : []);
}
