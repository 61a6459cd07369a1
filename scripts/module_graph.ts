/** The import graph as `deno info --json` tells it, of code alone: imports of types are marked. */

export interface GraphImport {
  /** As the file wrote it. */
  readonly specifier: string;
  /** What it resolves to: a path from the root for files of this repository, else a URL (`npm:/zod@…`). */
  readonly target: string;
  /** `import type` or a re-export of types: gone when the code runs. */
  readonly typeOnly: boolean;
  /** `import()`: loaded when that is reached. */
  readonly dynamic?: true;
}

export interface GraphModule {
  /** From the root of the repository. */
  readonly path: string;
  readonly imports: readonly GraphImport[];
}

interface InfoDependency {
  readonly specifier: string;
  readonly code?: { readonly specifier?: string; readonly error?: string };
  readonly type?: { readonly specifier?: string };
  readonly npmPackage?: string;
  readonly isDynamic?: boolean;
}

interface Info {
  readonly modules: readonly {
    readonly specifier: string;
    readonly error?: string;
    readonly dependencies?: readonly InfoDependency[];
  }[];
}

/** The modules of this repository that `entries` reach, types included. */
export async function moduleGraph(entries: readonly string[]): Promise<GraphModule[]> {
  const root = new URL("..", import.meta.url).href;
  const relative = (url: string) => url.startsWith(root) ? url.slice(root.length) : url;
  const modules = new Map<string, GraphModule>();
  for (const entry of entries) {
    const info = await denoInfo(entry, root);
    for (const module of info.modules) {
      if (!module.specifier.startsWith(root)) continue;
      if (module.error !== undefined) {
        throw new Error(`Cannot read ${relative(module.specifier)}: ${module.error}`);
      }
      const path = relative(module.specifier);
      modules.set(path, {
        path,
        imports: (module.dependencies ?? []).map((it) => graphImport(it, relative)),
      });
    }
  }
  return [...modules.values()];
}

/** A dependency on types alone has a `type` and no `code` resolution. */
function graphImport(dependency: InfoDependency, relative: (url: string) => string): GraphImport {
  const target = dependency.code?.specifier ?? dependency.type?.specifier ?? dependency.specifier;
  return {
    specifier: dependency.specifier,
    target: relative(target),
    ...(dependency.isDynamic === true ? { dynamic: true } : {}),
    typeOnly: dependency.code?.specifier === undefined && dependency.type !== undefined,
  };
}

async function denoInfo(entry: string, root: string): Promise<Info> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", entry],
    cwd: new URL(root),
    stdin: "null",
  }).output();
  if (code !== 0) throw new Error(`Cannot read the imports of ${entry}: ${new TextDecoder().decode(stderr)}`);
  return JSON.parse(new TextDecoder().decode(stdout));
}
