/**
 * Real programs that some tests drive. Where one is absent its tests are skipped, so that `deno task test`
 * passes on a bare machine; with `CI=true` its absence is an error, so that nothing is skipped unseen.
 */

interface ToolRow {
  /** The environment variable that holds its path. */
  readonly variable: string;
  /** Its name on PATH, where it may be found too. */
  readonly command?: string;
}

const TOOLS = {
  collector: { variable: "OTEL_COLLECTOR_BIN" },
  jaeger: { variable: "JAEGER_BIN" },
  prometheus: { variable: "PROMETHEUS_BIN", command: "prometheus" },
  redis: { variable: "REDIS_SERVER_BIN", command: "redis-server" },
  // `initdb` stands beside it.
  postgres: { variable: "POSTGRES_BIN", command: "postgres" },
  // Interpreters with SDKs installed: `tests/sdk/python/install` makes them.
  "python-openai-2": { variable: "PYTHON_OPENAI_2" },
  "python-openai-3": { variable: "PYTHON_OPENAI_3" },
  helm: { variable: "HELM_BIN", command: "helm" },
  kustomize: { variable: "KUSTOMIZE_BIN", command: "kustomize" },
  "kubernetes-validate": { variable: "KUBERNETES_VALIDATE_BIN", command: "kubernetes-validate" },
  "python-presidio": { variable: "PYTHON_PRESIDIO" },
  amtool: { variable: "AMTOOL_BIN", command: "amtool" },
  "docker-compose": { variable: "DOCKER_COMPOSE_BIN", command: "docker-compose" },
  "redis-exporter": { variable: "REDIS_EXPORTER_BIN", command: "prometheus-redis-exporter" },
  "python-locust": { variable: "PYTHON_LOCUST" },
  k6: { variable: "K6_BIN" },
  chromium: { variable: "CHROMIUM_BIN", command: "chromium" },
  openssl: { variable: "OPENSSL_BIN", command: "openssl" },
  curl: { variable: "CURL_BIN", command: "curl" },
  promtool: { variable: "PROMTOOL_BIN", command: "promtool" },
  slowhttptest: { variable: "SLOWHTTPTEST_BIN", command: "slowhttptest" },
} as const satisfies Readonly<Record<string, ToolRow>>;

export type Tool = keyof typeof TOOLS;

/** The program's path, or null where it is absent. */
export function toolPath(tool: Tool): string | null {
  const { variable, command }: ToolRow = TOOLS[tool];
  return Deno.env.get(variable) || (command === undefined ? null : onPath(command));
}

function onPath(command: string): string | null {
  const folders = (Deno.env.get("PATH") ?? "").split(":").filter((folder) => folder !== "");
  return folders.map((folder) => `${folder}/${command}`).find(isFile) ?? null;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/**
 * For a test's options: `Deno.test({ name, ...requires("collector"), fn })`, with all the programs that it drives.
 *
 * @throws {Error} with `CI=true` where one of them is absent.
 */
export function requires(...tools: Tool[]): { ignore: boolean } {
  const absent = tools.find((tool) => toolPath(tool) === null);
  if (absent !== undefined && Deno.env.get("CI") === "true") {
    throw new Error(`Cannot skip the tests that need "${absent}": CI=true requires it`);
  }
  return { ignore: absent !== undefined };
}
