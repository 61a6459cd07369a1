import { GatewayError } from "../errors.ts";
import { nearest } from "../nearest.ts";
import type { Dialect, Endpoint, PathParams } from "../telemetry/exchange.ts";

/** A row of the table of routes. */
export interface Route {
  /** Upper case. HEAD comes with GET. */
  readonly method: string;
  /**
   * `/v1/responses/{id}`: braces hold one segment, `{id+}` at the end holds all that is left (model names have
   * slashes), `{id+}:verb` all that is left before the verb. A path under `/v1/` is found without that prefix too.
   */
  readonly path: string;
  readonly handler: Endpoint;
  /** The client family, where the path tells; else the request's headers do. */
  readonly dialect?: Dialect;
  /** Health and metrics: logged at DEBUG, never traced. */
  readonly background?: boolean;
  /** Asks for no key. */
  readonly public?: boolean;
}

/** What a request was matched to. Without a route the endpoint rejects with the error to answer. */
export interface RouteMatch {
  /** The template, or `other`: a bounded label. */
  readonly route: string;
  readonly endpoint: Endpoint;
  readonly params: PathParams;
  readonly dialect: Dialect | null;
  readonly background: boolean;
  readonly public: boolean;
}

const NO_PARAMS: PathParams = Object.freeze({});
const PREFIX = "/v1/";
const SHOWN = 100;

/** Everything that one path leads to. */
class Resource {
  readonly #methods = new Map<string, RouteMatch>();
  /** What may stand behind the name that its path ends with, as routes of their own: `:generateContent`. */
  verbs: readonly string[] = [];

  constructor(readonly template: string) {}

  add(route: Route): void {
    if (this.#methods.has(route.method)) {
      throw new Error(`Cannot add route "${route.method} ${route.path}": there is one already`);
    }
    const match: RouteMatch = {
      route: this.template,
      endpoint: route.handler,
      params: NO_PARAMS,
      dialect: route.dialect ?? null,
      background: route.background ?? false,
      public: route.public ?? false,
    };
    this.#methods.set(route.method, match);
    if (route.method === "GET") this.#methods.set("HEAD", match);
  }

  match(method: string, path: string, params: PathParams): RouteMatch {
    const match = this.#methods.get(method);
    if (match === undefined) return this.#refused(method, path);
    return params === NO_PARAMS ? match : { ...match, params };
  }

  #refused(method: string, path: string): RouteMatch {
    const verb = this.verbs.length === 0 ? "" : /:[^/:]*$/.exec(path)?.[0] ?? "";
    if (verb !== "") {
      const like = nearest(verb, this.verbs);
      const hint = like === null ? `use ${this.verbs.join(", ")}.` : `did you mean '${like}'?`;
      return this.#rejecting(new GatewayError("not_found", `Unknown verb '${shown(verb)}': ${hint}`));
    }
    const allow = [...this.#methods.keys()];
    const message = `Method ${shown(method)} is not allowed for '${shown(path)}': use ${allow.join(" or ")}.`;
    return this.#rejecting(new GatewayError("method_not_allowed", message, { allow }));
  }

  #rejecting(error: GatewayError): RouteMatch {
    const any = this.#methods.values().next().value;
    return {
      route: this.template,
      endpoint: () => Promise.reject(error),
      params: NO_PARAMS,
      dialect: any?.dialect ?? null,
      background: any?.background ?? false,
      public: any?.public ?? false,
    };
  }
}

/** The end of a path that holds a name with slashes, and perhaps a verb behind it. */
interface Rest {
  readonly name: string;
  readonly suffix: string;
  readonly resource: Resource;
}

/** One segment of the paths with variable parts. */
class Segment {
  readonly literals = new Map<string, Segment>();
  variable: { readonly name: string; readonly next: Segment } | null = null;
  /** All that is left of a path, those with a suffix first. */
  readonly rests: Rest[] = [];
  resource: Resource | null = null;
}

/** Finds the route of a canonical path: at once where the path has no variable parts, else a step a segment. */
export class Router {
  /** Prefixes under which what is left of a path is one name, slashes and all. */
  readonly prefixesOfNames: readonly string[];
  readonly #fixed = new Map<string, Resource>();
  readonly #root = new Segment();
  readonly #paths: string[] = [];

  /** @throws {Error} for two routes of one method and path. */
  constructor(routes: readonly Route[]) {
    const resources = new Map<string, Resource>();
    for (const route of routes) {
      let resource = resources.get(route.path);
      if (resource === undefined) {
        resource = new Resource(route.path.replace("+}", "}"));
        resources.set(route.path, resource);
        this.#place(route.path, resource);
      }
      resource.add(route);
    }
    // A path that is also a route of its own keeps its meaning.
    for (const [path, resource] of resources) {
      const short = path.startsWith(PREFIX) ? path.slice(PREFIX.length - 1) : path;
      if (!resources.has(short)) this.#place(short, resource);
    }
    this.prefixesOfNames = this.#paths.filter((path) => path.includes("+}"))
      .map((path) => path.slice(0, path.indexOf("{")));
  }

  match(method: string, path: string): RouteMatch {
    const fixed = this.#fixed.get(path);
    if (fixed !== undefined) return fixed.match(method, path, NO_PARAMS);
    const params: Record<string, string> = {};
    const resource = find(this.#root, path, 1, params);
    return resource === null ? this.#unknown(path) : resource.match(method, path, params);
  }

  #place(path: string, resource: Resource): void {
    this.#paths.push(path);
    if (!path.includes("{")) {
      this.#fixed.set(path, resource);
      return;
    }
    let segment = this.#root;
    for (const part of path.slice(1).split("/")) {
      const rest = part.indexOf("+}");
      if (rest !== -1) {
        segment.rests.push({ name: part.slice(1, rest), suffix: part.slice(rest + 2), resource });
        segment.rests.sort((a, b) => b.suffix.length - a.suffix.length);
        const verbs = segment.rests.map(({ suffix }) => suffix).filter((suffix) => suffix !== "");
        const bare = segment.rests.at(-1);
        if (bare?.suffix === "") bare.resource.verbs = verbs;
        return;
      }
      if (part.startsWith("{")) {
        segment.variable ??= { name: part.slice(1, -1), next: new Segment() };
        segment = segment.variable.next;
        continue;
      }
      let next = segment.literals.get(part);
      if (next === undefined) segment.literals.set(part, next = new Segment());
      segment = next;
    }
    segment.resource = resource;
  }

  #unknown(path: string): RouteMatch {
    return {
      route: "other",
      endpoint: () => {
        const like = nearest(path, this.#paths);
        const hint = like === null ? "" : ` Did you mean '${like.replace("+}", "}")}'?`;
        return Promise.reject(new GatewayError("not_found", `Unknown path '${shown(path)}'.${hint}`));
      },
      params: NO_PARAMS,
      dialect: null,
      background: false,
      public: false,
    };
  }
}

function find(segment: Segment, path: string, from: number, params: Record<string, string>): Resource | null {
  if (from > path.length) return segment.resource;
  const slash = path.indexOf("/", from);
  const end = slash === -1 ? path.length : slash;
  const part = path.slice(from, end);
  const literal = segment.literals.get(part);
  if (literal !== undefined) {
    const found = find(literal, path, end + 1, params);
    if (found !== null) return found;
  }
  if (segment.variable !== null && part !== "") {
    const found = find(segment.variable.next, path, end + 1, params);
    if (found !== null) {
      params[segment.variable.name] = part;
      return found;
    }
  }
  if (part === "") return null;
  for (const { name, suffix, resource } of segment.rests) {
    if (suffix !== "" && (!path.endsWith(suffix) || path.length - suffix.length <= from)) continue;
    params[name] = path.slice(from, path.length - suffix.length);
    return resource;
  }
  return null;
}

function shown(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
