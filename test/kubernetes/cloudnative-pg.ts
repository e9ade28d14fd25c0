/** CloudNativePG and its plugin for backups in a cluster: their own manifests, with images of ours. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { operator } from "../../components/charts/resources.ts";
import { openssl } from "../support/programs.ts";
import { filesOf, type Cluster, type KubernetesObject } from "../support/kubernetes/index.ts";
import { buildImages, type Images } from "./cloudnative-pg-images.ts";

const namespace = "cnpg-system";

/** @returns the images, which the cluster has. */
export async function installCloudNativePg(cluster: Cluster): Promise<Images> {
  const images = await buildImages();
  for (const image of Object.values(images)) await cluster.loadImage(image);
  await cluster.apply(...(await operatorOf(images)));
  await cluster.apply(...(await pluginOf(images)));
  for (const name of ["cnpg-controller-manager", "barman-cloud"])
    await cluster.kubectl("rollout", "status", `deployment/${name}`, "-n", namespace, "--timeout=180s");
  return images;
}

async function operatorOf(images: Images): Promise<KubernetesObject[]> {
  const files = await filesOf("cloudnative-pg");
  const [, version] = /@v([^/]+)$/.exec(files) ?? [];
  const release = read(join(files, `releases/cnpg-${version}.yaml`), {
    [`ghcr.io/cloudnative-pg/cloudnative-pg:${version}`]: images.operator,
    "imagePullPolicy: Always": "imagePullPolicy: IfNotPresent",
  });
  const settings = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "cnpg-controller-manager-config", namespace },
    data: { PGBOUNCER_IMAGE_NAME: images.pgbouncer },
  };
  return [...release.map((object) => limited(object, 256)), settings];
}

/** What cert-manager would make of two of its objects is made here. */
async function pluginOf({ plugin, sidecar }: Images): Promise<KubernetesObject[]> {
  const path = join(await filesOf("barman-cloud"), "manifest.yaml");
  const release = read(path, { "ghcr.io/cloudnative-pg/plugin-barman-cloud-testing:main": plugin });
  const program = (await openssl.find())!;
  return [
    certificate(program, "barman-cloud-server", "barman-cloud", "serverAuth"),
    certificate(program, "barman-cloud-client", "barman-cloud-client", "clientAuth"),
    ...release
      .filter(({ apiVersion }) => !apiVersion.startsWith("cert-manager.io/"))
      .map((object) =>
        object.kind === "Secret"
          ? { ...object, data: undefined, stringData: { SIDECAR_IMAGE: sidecar } }
          : object,
      )
      .map((object) => limited(object, 128)),
  ];
}

function read(path: string, changes: Readonly<Record<string, string>>): KubernetesObject[] {
  const text = Object.entries(changes).reduce(
    (whole, [from, to]) => {
      if (!whole.includes(from)) throw new Error(`${path}: there is no ${from} to be replaced.`);
      return whole.replaceAll(from, to);
    },
    readFileSync(path, "utf8"),
  );
  return parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject);
}

/** With the memory and processors that the stack's chart gives it. */
function limited(object: KubernetesObject, memory: number): KubernetesObject {
  if (object.kind === "Deployment")
    for (const container of (object as any).spec.template.spec.containers)
      container.resources = operator(memory);
  return object;
}

/** Signed by its own key, as cert-manager's would be. */
function certificate(program: string, name: string, host: string, usage: string): KubernetesObject {
  const directory = mkdtempSync(join(tmpdir(), "testfarm-certificate-"));
  const [crt, key] = [join(directory, "tls.crt"), join(directory, "tls.key")];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  const added = [`subjectAltName=DNS:${host}`, `extendedKeyUsage=${usage}`].flatMap((each) => [
    "-addext",
    each,
  ]);
  try {
    const files = ["-keyout", key, "-out", crt];
    execFileSync(program, ["req", "-x509", ...kind, "-subj", `/CN=${host}`, ...added, ...files], {
      stdio: "pipe",
    });
    return {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: `${name}-tls`, namespace },
      type: "kubernetes.io/tls",
      stringData: { "tls.crt": readFileSync(crt, "utf8"), "tls.key": readFileSync(key, "utf8") },
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
