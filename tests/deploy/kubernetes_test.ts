/** Kubernetes' own schemas accept what the overlays and the chart make, and it keeps what it promises. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parseAll } from "@std/yaml";
import { gatewayCommand, gatewayEnvironment } from "../e2e/gateway_process.ts";
import { requires } from "../requires.ts";
import { runTool } from "../run_tool.ts";

const DEPLOY = new URL("../../deploy/", import.meta.url).pathname;
const VERSIONS = ["1.30", "1.34"];
/** What Helm renders for; a build of it without flags takes Kubernetes for very old. */
const KUBERNETES = ["--kube-version", "1.33.0"];
const OVERLAYS = [
  "base",
  "overlays/sidecar-collector",
  "overlays/daemon-collector",
  "overlays/prometheus-operator",
];

/** Values of the chart that make each of its parts once. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  "as it comes": ["secrets.GATEWAY_KEY=sk-test"],
  "a secret that is there, fixed replicas": ["existingSecret=keys", "autoscaling.enabled=false"],
  "a sidecar, a monitor, an ingress": [
    "existingSecret=keys",
    "collector.mode=sidecar",
    "serviceMonitor.enabled=true",
    "ingress.enabled=true",
    "ingress.tlsSecret=tls",
  ],
  "a collector elsewhere, no policy": [
    "existingSecret=keys",
    "collector.mode=endpoint",
    "networkPolicy.enabled=false",
  ],
};

// deno-lint-ignore no-explicit-any -- manifests of all kinds
type Manifest = any;

/** Strictly, against two versions; kinds that are not Kubernetes' own it does not know. */
async function validate(text: string): Promise<Manifest[]> {
  const manifests = (parseAll(text) as Manifest[]).filter((manifest) => manifest !== null);
  assert(manifests.length >= 6);
  const folder = await Deno.makeTempDir({ prefix: "manifests-" });
  try {
    const known = manifests.filter(({ apiVersion }) => !apiVersion.startsWith("monitoring.coreos.com/"));
    // JSON is YAML.
    const files = await Promise.all(known.map(async (manifest, index) => {
      const file = `${folder}/${index}.yaml`;
      await Deno.writeTextFile(file, JSON.stringify(manifest));
      return file;
    }));
    for (const version of VERSIONS) {
      await runTool("kubernetes-validate", ["--strict", "-k", version, ...files], { cwd: folder });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return manifests;
}

/** What each deployment has to be, however it was made. */
function hardened(manifests: readonly Manifest[]): void {
  const deployment = manifests.find(({ kind }) => kind === "Deployment");
  const { spec } = deployment.spec.template;
  assertEquals(spec.securityContext.runAsNonRoot, true);
  assertEquals(spec.automountServiceAccountToken, false);
  for (const container of [...spec.containers, ...spec.initContainers ?? []]) {
    assertEquals(container.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    assert(container.resources.limits.memory && container.resources.requests.cpu);
  }
  const [gateway] = spec.containers;
  for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"]) assert(gateway[probe], probe);
  const env = Object.fromEntries(gateway.env.map(({ name, value }: Manifest) => [name, value]));
  assertEquals(env.CONFIG_PATH, "/config/config.yaml");
  assertEquals(env.PROMETHEUS_MULTIPROC_DIR, "/tmp/prometheus_multiproc");
  const shared = spec.volumes.find(({ name }: Manifest) => name === "prometheus-multiproc");
  assertEquals(shared.emptyDir.medium, "Memory");
  const kinds = manifests.map(({ kind }) => kind);
  for (const kind of ["ConfigMap", "Service", "PodDisruptionBudget", "ServiceAccount"]) {
    assert(kinds.includes(kind), kind);
  }
}

/** The gateway can use the configuration that it finds in its pod. */
async function configured(manifests: readonly Manifest[]): Promise<void> {
  const { data } = manifests.find(({ kind, data }) =>
    kind === "ConfigMap" && data["config.yaml"]?.includes("models:")
  );
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.writeTextFile(file, data["config.yaml"]);
    const [command, ...args] = gatewayCommand();
    const { code, stderr } = await new Deno.Command(command, {
      args: [...args, "check-config", "--config", file],
      clearEnv: true,
      env: gatewayEnvironment({ GATEWAY_KEY: "sk-test", OPENAI_API_KEY: "sk-test" }),
    }).output();
    assertEquals(code, 0, new TextDecoder().decode(stderr));
  } finally {
    await Deno.remove(file);
  }
}

for (const overlay of OVERLAYS) {
  Deno.test({
    name: `kustomize: ${overlay}`,
    ...requires("kustomize", "kubernetes-validate"),
    async fn() {
      const text = await runTool("kustomize", ["build", `kubernetes/${overlay}`], { cwd: DEPLOY });
      const manifests = await validate(text);
      hardened(manifests);
      await configured(manifests);
      for (const { metadata, kind } of manifests) {
        if (kind !== "Namespace") assertEquals(metadata.namespace, "llm-gateway", `${kind} ${metadata.name}`);
      }
    },
  });
}

for (const [name, values] of Object.entries(VALUES)) {
  Deno.test({
    name: `helm: ${name}`,
    ...requires("helm", "kubernetes-validate"),
    async fn() {
      const sets = values.flatMap((value) => ["--set", value]);
      await runTool("helm", ["lint", "--strict", ...KUBERNETES, "helm/llm-gateway", ...sets], {
        cwd: DEPLOY,
      });
      const text = await runTool(
        "helm",
        ["template", ...KUBERNETES, "gateway", "helm/llm-gateway", ...sets],
        {
          cwd: DEPLOY,
        },
      );
      const manifests = await validate(text);
      hardened(manifests);
      await configured(manifests);
    },
  });
}

Deno.test({
  name: "helm: without a key the chart is refused, and says so",
  ...requires("helm"),
  async fn() {
    const refused = await runTool("helm", ["template", ...KUBERNETES, "gateway", "helm/llm-gateway"], {
      cwd: DEPLOY,
    })
      .then(() => "", (error: Error) => error.message);
    assertStringIncludes(refused, "secrets.GATEWAY_KEY or existingSecret");
  },
});
