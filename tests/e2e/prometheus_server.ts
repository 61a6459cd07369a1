import { freePort } from "../free_port.ts";
import { toolPath } from "../requires.ts";

export interface PrometheusOptions {
  /** Jobs, each with the `host:port` that it scrapes. */
  readonly targets: Readonly<Record<string, string>>;
  /** Paths of rule files. */
  readonly rules?: readonly string[];
}

/** A real Prometheus of a test's own, which scrapes and evaluates twice a second. */
export class Prometheus implements AsyncDisposable {
  private constructor(readonly url: string, readonly child: Deno.ChildProcess, readonly folder: string) {}

  /** Resolves once it is ready. */
  static async start({ targets, rules = [] }: PrometheusOptions): Promise<Prometheus> {
    const folder = await Deno.makeTempDir({ prefix: "prometheus-" });
    const jobs = Object.entries(targets).map(([job, target]) => ({
      job_name: job,
      static_configs: [{ targets: [target] }],
    }));
    const configuration = {
      global: { scrape_interval: "500ms", scrape_timeout: "500ms", evaluation_interval: "500ms" },
      rule_files: rules,
      scrape_configs: jobs,
    };
    // JSON is YAML.
    await Deno.writeTextFile(`${folder}/prometheus.yml`, JSON.stringify(configuration));
    const port = freePort();
    const child = new Deno.Command(toolPath("prometheus") ?? "", {
      args: [
        `--config.file=${folder}/prometheus.yml`,
        `--storage.tsdb.path=${folder}/data`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const prometheus = new Prometheus(`http://127.0.0.1:${port}`, child, folder);
    for (let tries = 0;; tries++) {
      const ready = await fetch(`${prometheus.url}/-/ready`).catch(() => null);
      await ready?.body?.cancel();
      if (ready?.ok) return prometheus;
      if (tries > 300) throw new Error("Cannot go on: Prometheus does not become ready");
      await pause();
    }
  }

  async query(query: string): Promise<number[]> {
    const response = await fetch(`${this.url}/api/v1/query?query=${encodeURIComponent(query)}`);
    const { status, data, error } = await response.json();
    if (status !== "success") throw new Error(`Prometheus refused ${query}: ${error}`);
    return data.result.map(({ value }: { value: [number, string] }) => Number(value[1]));
  }

  async value(query: string): Promise<number> {
    return (await this.query(query))[0] ?? NaN;
  }

  /** Asks until the answer is good: nothing announces a scrape. */
  async until(query: string, good: (value: number) => boolean): Promise<void> {
    for (let tries = 0; tries < 300; tries++) {
      if (good(await this.value(query))) return;
      await pause();
    }
    throw new Error(`Cannot go on: ${query} did not become good`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGTERM");
    await this.child.status;
    await Deno.remove(this.folder, { recursive: true });
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 100));
}
