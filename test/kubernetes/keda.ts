import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { docker, type Docker } from "../support/docker/engine.ts";
import {
  busyboxImage,
  type Cluster,
  filesOf,
  findPrograms,
  type KubernetesObject,
} from "../support/kubernetes/index.ts";
import type { Service } from "../support/services.ts";

type Programs = NonNullable<Awaited<ReturnType<typeof findPrograms<"keda-operator" | "keda-adapter">>>>;

export interface Keda {
  readonly docker: Docker;
  readonly programs: Programs;
}

/** KEDA's programs, and an engine for their image. */
export const kedaTools: Service<Keda> = {
  name: "KEDA",
  needs: docker.needs,
  async find() {
    const [engine, programs] = [await docker.find(), await findPrograms(["keda-operator", "keda-adapter"])];
    return engine === undefined || programs === undefined ? undefined : { docker: engine, programs };
  },
};

/** Where the project's own images have them. */
const paths = { "keda-operator": "keda", "keda-adapter": "keda-adapter" } as const;

async function buildImage({ docker: engine, programs }: Keda): Promise<string> {
  const image = "testfarm-keda:1";
  const context = mkdtempSync(join(tmpdir(), "testfarm-keda-"));
  try {
    for (const [name, path] of Object.entries(paths))
      cpSync(programs[name as keyof Programs], join(context, path));
    const lines = [`FROM ${busyboxImage}`, "COPY keda keda-adapter /", "USER 65532:65532"];
    writeFileSync(join(context, "Dockerfile"), lines.join("\n"));
    await engine("build", "--tag", image, context);
  } finally {
    rmSync(context, { recursive: true });
  }
  return image;
}

interface Deployment extends KubernetesObject {
  readonly spec: {
    readonly template: {
      readonly spec: { readonly containers: { image: string; imagePullPolicy: string }[] };
    };
  };
}

/** Whether others need it to be there. */
const isFoundation = ({ kind }: KubernetesObject) => /^(Namespace|CustomResourceDefinition)$/.test(kind);

/**
 * KEDA by the manifests of its project, without the webhooks, which only look at what somebody writes. Ready when the API
 * server has its figures.
 */
export async function installKeda(keda: Keda, cluster: Cluster): Promise<void> {
  const image = await buildImage(keda);
  await cluster.loadImage(image);
  const written = await cluster.kubectl("kustomize", join(await filesOf("keda-operator"), "config/default"));
  const objects = parseAllDocuments(written)
    .map((document) => document.toJS() as KubernetesObject)
    .filter(({ metadata, kind }) => !/admission/.test(metadata.name) && !/Webhook/.test(kind));
  for (const object of objects)
    if (object.kind === "Deployment")
      for (const container of (object as Deployment).spec.template.spec.containers)
        Object.assign(container, { image, imagePullPolicy: "IfNotPresent" });
  await cluster.apply(...objects.filter(isFoundation));
  await cluster.kubectl("wait", "--for=condition=Established", "crd", "--all");
  await cluster.apply(...objects.filter((object) => !isFoundation(object)));
  const figures = "apiservice/v1beta1.external.metrics.k8s.io";
  await cluster.kubectl("wait", "--for=condition=Available", figures, "--timeout=180s");
}
