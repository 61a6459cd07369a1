import type { Report } from "./check.ts";
import type { ExporterConfig, TlsConfig } from "./config.ts";
import { withoutCredentials } from "./display.ts";
import { resolveEndpoint, type Signal } from "./endpoint.ts";
import type { Layers } from "./layers.ts";
import type { Path } from "./path.ts";
import type { PemFiles } from "./pem_files.ts";
import type { FileConfig } from "./schema.ts";
import { Secret } from "./secret.ts";

type FileObservability = FileConfig["observability"];
type FileExporter = FileObservability["tracing"]["exporter"];

/** A signal's exporter, complete: what it lacks is as the traces' has it. */
type ExporterKeys = Omit<FileExporter, "type" | "traces_endpoint"> & {
  /** Null: nothing is said. */
  readonly type: readonly string[] | null;
  /** The signal's whole URL. */
  readonly own: string | null;
};

const SECTIONS: Readonly<Record<Signal, string>> = { traces: "tracing", metrics: "metrics", logs: "logs" };

/** Works out where the three signals go. */
export class Exporters {
  readonly traces: readonly ExporterConfig[];
  readonly metrics: readonly ExporterConfig[];
  readonly logs: readonly ExporterConfig[];
  readonly #layers: Layers;
  readonly #report: Report;
  readonly #pem: PemFiles;

  constructor(file: FileObservability, layers: Layers, report: Report, pem: PemFiles) {
    this.#layers = layers;
    this.#report = report;
    this.#pem = pem;
    const { exporter } = file.tracing;
    const { metrics, logs } = file;
    const implied = exporter.endpoint === null && exporter.traces_endpoint === null ? null : ["otlp"];
    this.traces = this.#exporters("traces", {
      ...exporter,
      type: exporter.type ?? implied,
      own: exporter.traces_endpoint,
    });
    this.metrics = this.#exporters(
      "metrics",
      this.#completed({ ...metrics.exporter, own: metrics.exporter.metrics_endpoint }, exporter),
    );
    this.logs = this.#exporters(
      "logs",
      // The log is on standard output anyhow.
      this.#completed({ ...logs.exporter, own: logs.exporter.logs_endpoint }, exporter),
    ).filter(({ type }) => type !== "stdout");
  }

  /** What the traces' exporter has goes for the others, but for what the environment says of traces alone. */
  #completed(
    given: { readonly [Key in keyof ExporterKeys]: ExporterKeys[Key] | null },
    traces: FileExporter,
  ): ExporterKeys {
    const shared = (...keys: string[]) => {
      const origin = this.#layers.originOf([...pathOf("traces"), ...keys]);
      return origin.from !== "environment" || !origin.variable.includes("_TRACES_");
    };
    const pick = <Key extends keyof ExporterKeys & keyof FileExporter>(key: Key) =>
      given[key] ?? (shared(key) ? traces[key] : null);
    const headers = Object.entries(traces.headers).filter(([name]) => shared("headers", name));
    return {
      type: given.type,
      own: given.own,
      endpoint: pick("endpoint"),
      protocol: pick("protocol"),
      insecure: pick("insecure"),
      headers: { ...Object.fromEntries(headers), ...given.headers },
      timeout: pick("timeout") ?? DEFAULT_TIMEOUT,
      compression: pick("compression") ?? "none",
      certificate: pick("certificate"),
      client_certificate: pick("client_certificate"),
      client_key: pick("client_key"),
      path: given.path,
    };
  }

  #exporters(signal: Signal, keys: ExporterKeys): ExporterConfig[] {
    const types = keys.type ?? [];
    return types.includes("none") ? [] : types.flatMap((type) => this.#exporter(signal, type, keys));
  }

  #exporter(signal: Signal, type: string, keys: ExporterKeys): ExporterConfig[] {
    if (type === "stdout") return [{ type }];
    if (type === "file") {
      if (keys.path !== null) return [{ type, path: keys.path }];
      this.#report.add(pathOf(signal, "path"), "is missing; an exporter of type file needs it");
    }
    if (type !== "otlp") return [];
    const resolved = resolveEndpoint(signal, {
      endpoint: keys.endpoint,
      ownEndpoint: keys.own,
      protocol: keys.protocol,
      insecure: keys.insecure === true,
    });
    if (resolved === null) {
      const value = withoutCredentials(keys.own ?? keys.endpoint ?? "");
      this.#report.add(
        pathOf(signal, keys.own === null ? "endpoint" : `${signal}_endpoint`),
        `expected host:port or a URL with http:// or https://, got "${value}"`,
      );
      return [];
    }
    const { headers, timeout, compression } = keys;
    return [{ type, ...resolved, headers, timeout, compression, tls: this.#tls(signal, keys) }];
  }

  #tls(signal: Signal, keys: ExporterKeys): TlsConfig | null {
    const { certificate: ca, client_certificate: certificate, client_key: key } = keys;
    if (ca === null && certificate === null && key === null && this.#pem.authorities === null) return null;
    if (certificate !== null && key === null) {
      this.#report.add(pathOf(signal, "client_key"), "is missing; client_certificate needs it");
    }
    if (key !== null && certificate === null) {
      this.#report.add(pathOf(signal, "client_certificate"), "is missing; client_key needs it");
    }
    const keyText = this.#pem.read(pathOf(signal, "client_key"), key);
    return {
      ca: this.#pem.read(pathOf(signal, "certificate"), ca) ?? this.#pem.authorities,
      certificate: this.#pem.read(pathOf(signal, "client_certificate"), certificate),
      key: keyText === null ? null : new Secret(keyText),
    };
  }
}

const DEFAULT_TIMEOUT = 10_000;

function pathOf(signal: Signal, ...keys: readonly string[]): Path {
  return ["observability", SECTIONS[signal], "exporter", ...keys];
}
