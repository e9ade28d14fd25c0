import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../cli/run.ts";

const image = `ghcr.io/example/testfarm@sha256:${"0".repeat(64)}`;

/**
 * A project whose program is this repository's, with the stack `own` alone: on a cluster that is there, with database, Redis and
 * bucket in it.
 *
 * @param parent the directory that it is made in.
 */
export function ownProject(parent: string): string {
  const directory = mkdtempSync(join(parent, "project-"));
  const settings = {
    tier: "kubernetes",
    cluster: "existing",
    context: "my-cluster",
    domain: "testfarm.example.com",
    image: { app: image, web: image },
  };
  const config = Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [`testfarm:${name}`, value]),
  );
  const project = { name: "testfarm", runtime: "nodejs", main: join(root, "stacks/index.ts") };
  writeFileSync(join(directory, "Pulumi.yaml"), JSON.stringify(project));
  writeFileSync(join(directory, "Pulumi.own.yaml"), JSON.stringify({ config }));
  return directory;
}
