import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { parseDocument, visit } from "yaml";
import { ownProject } from "../manifests/project.ts";
import { offlineCommand, root } from "./run.ts";

vi.setConfig({ testTimeout: 120_000 });

const temporary = realpathSync(mkdtempSync(join(tmpdir(), "testfarm-manifests-")));
afterAll(() => rmSync(temporary, { recursive: true }));

const environment = { PATH: process.env["PATH"] ?? "", HOME: temporary };
const run = (directory: string, ...args: string[]) =>
  offlineCommand("manifests", directory, args, environment);

const filesIn = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .toSorted();

/** Lines that are printed below a title. */
const listed = (stdout: string, title: string): string[] => {
  const lines = stdout.split("\n");
  const after = lines.slice(lines.findIndex((line) => line.startsWith(title)) + 1);
  return after
    .slice(
      0,
      after.findIndex((line) => !line.startsWith("  ")),
    )
    .map((line) => line.trim());
};

/** Number of placeholders in a file. */
function placeholdersIn(file: string): number {
  const document = parseDocument(readFileSync(file, "utf8"), { version: "1.1" });
  expect(document.errors).toEqual([]);
  let found = 0;
  visit(document, { Scalar: (_, { value }) => void (value === "<to be filled in>" && found++) });
  return found;
}

/** What the command makes of a stack: its files, and what it prints of those to fill in and of Secrets. */
function manifestsOf(directory: string, stack: string) {
  const out = join(temporary, stack);
  const { code, stdout, stderr } = run(directory, stack, "--out", out);
  expect([code, stderr], stdout).toEqual([3, ""]);
  const files = filesIn(out);
  expect(stdout).toContain(`${files.length} files are in ${out}`);
  const complete = files.filter((file) => !file.startsWith("to-fill-in/"));
  const toFillIn = listed(stdout, "To fill in");
  const found = files.map((file) => [file, placeholdersIn(join(out, file))]);
  expect(Object.fromEntries(found)).toEqual({
    ...Object.fromEntries(complete.map((file) => [file, 0])),
    ...Object.fromEntries(
      toFillIn.map((line) => {
        const [file, places] = line.split(": ") as [string, string];
        return [`to-fill-in/${file}`, places.split(", ").length];
      }),
    ),
  });
  // Of image and settings, which are not this test's matter.
  const names = complete.join("\n").replace(/migrate-[0-9a-f]{10}/, "migrate-...");
  return { complete: names, toFillIn: toFillIn.join("\n"), secrets: listed(stdout, "Secrets").join("\n") };
}

test("the stack of the README, at GKE, is written whole, and told what only the cloud can tell of it", () => {
  const { complete, toFillIn, secrets } = manifestsOf(root, "scale");
  expect(complete).toMatchInlineSnapshot(`
    "1-foundation/namespace.cert-manager.yaml
    1-foundation/namespace.keda.yaml
    1-foundation/namespace.testfarm-nodes.yaml
    1-foundation/namespace.testfarm.yaml
    1-foundation/namespace.traefik.yaml
    2-charts/helmfile.yaml
    3-objects/certificate.testfarm.testfarm.yaml
    3-objects/configmap.testfarm-nodes.seccomp-profile.yaml
    3-objects/daemonset.testfarm-nodes.seccomp-profile.yaml
    3-objects/ingressroute.testfarm.testfarm-http.yaml
    3-objects/ingressroute.testfarm.testfarm-https.yaml
    3-objects/issuer.testfarm.letsencrypt.yaml
    3-objects/middleware.testfarm.testfarm-only-https.yaml
    3-objects/middleware.testfarm.testfarm-retry.yaml
    3-objects/middleware.testfarm.testfarm-to-https.yaml
    3-objects/networkpolicy.testfarm-nodes.closed.yaml
    3-objects/networkpolicy.testfarm.browser.yaml
    3-objects/networkpolicy.testfarm.certificate-proof.yaml
    3-objects/networkpolicy.testfarm.closed.yaml
    3-objects/networkpolicy.testfarm.web.yaml
    3-objects/poddisruptionbudget.testfarm.api.yaml
    3-objects/poddisruptionbudget.testfarm.browser.yaml
    3-objects/poddisruptionbudget.testfarm.egress.yaml
    3-objects/poddisruptionbudget.testfarm.web.yaml
    3-objects/poddisruptionbudget.testfarm.worker.yaml
    3-objects/service.testfarm.api.yaml
    3-objects/service.testfarm.browser.yaml
    3-objects/service.testfarm.egress.yaml
    3-objects/service.testfarm.web.yaml
    3-objects/serviceaccount.testfarm-nodes.seccomp-profile.yaml
    3-objects/serviceaccount.testfarm.api.yaml
    3-objects/serviceaccount.testfarm.browser.yaml
    3-objects/serviceaccount.testfarm.egress.yaml
    3-objects/serviceaccount.testfarm.migrate.yaml
    3-objects/serviceaccount.testfarm.web.yaml
    3-objects/serviceaccount.testfarm.worker.yaml
    3-objects/tlsoption.testfarm.testfarm-tls.yaml
    3-objects/triggerauthentication.testfarm.queue.yaml
    4-migration/job.testfarm.migrate-....yaml
    5-workloads/deployment.testfarm.api.yaml
    5-workloads/deployment.testfarm.browser.yaml
    5-workloads/deployment.testfarm.egress.yaml
    5-workloads/deployment.testfarm.web.yaml
    5-workloads/deployment.testfarm.worker.yaml"
  `);
  expect(toFillIn).toMatchInlineSnapshot(`
    "3-objects/networkpolicy.testfarm.api.yaml: spec.egress[1].to, spec.egress[2].ports[0].port, spec.egress[2].to, spec.egress[3].to[0].ipBlock.except
    3-objects/networkpolicy.testfarm.egress.yaml: spec.egress[1].to[0].ipBlock.except
    3-objects/networkpolicy.testfarm.migrate.yaml: spec.egress[1].to
    3-objects/networkpolicy.testfarm.operator.yaml: spec.egress[1].to, spec.egress[2].ports[0].port, spec.egress[2].to, spec.egress[3].to[0].ipBlock.except
    3-objects/networkpolicy.testfarm.worker.yaml: spec.egress[1].to, spec.egress[2].ports[0].port, spec.egress[2].to, spec.egress[3].to[0].ipBlock.except
    3-objects/service.traefik.traefik.yaml: spec.loadBalancerIP
    5-workloads/scaledobject.testfarm.browser.yaml: spec.triggers[0].metadata.databaseIndex, spec.triggers[1].metadata.databaseIndex, spec.triggers[2].metadata.databaseIndex
    5-workloads/scaledobject.testfarm.worker.yaml: spec.triggers[0].metadata.databaseIndex, spec.triggers[1].metadata.databaseIndex, spec.triggers[2].metadata.databaseIndex"
  `);
  expect(secrets).toMatchInlineSnapshot(`
    "testfarm/api: its keys are in docs/gitops.md
    testfarm/browser: its keys are in docs/gitops.md
    testfarm/migrate: its keys are in docs/gitops.md
    testfarm/scaler: its keys are in docs/gitops.md
    testfarm/worker: its keys are in docs/gitops.md"
  `);
});

test("a stack on a cluster that is there, with all data in it, is written whole", () => {
  const { complete, toFillIn, secrets } = manifestsOf(ownProject(temporary), "own");
  expect(complete).toMatchInlineSnapshot(`
    "1-foundation/namespace.cert-manager.yaml
    1-foundation/namespace.cnpg-system.yaml
    1-foundation/namespace.keda.yaml
    1-foundation/namespace.postgres.yaml
    1-foundation/namespace.redis.yaml
    1-foundation/namespace.seaweedfs.yaml
    1-foundation/namespace.testfarm-nodes.yaml
    1-foundation/namespace.testfarm.yaml
    1-foundation/namespace.traefik.yaml
    2-charts/helmfile.yaml
    3-objects/certificate.testfarm.testfarm.yaml
    3-objects/cluster.postgres.postgres.yaml
    3-objects/configmap.testfarm-nodes.seccomp-profile.yaml
    3-objects/daemonset.testfarm-nodes.seccomp-profile.yaml
    3-objects/ingressroute.testfarm.testfarm-http.yaml
    3-objects/ingressroute.testfarm.testfarm-https.yaml
    3-objects/issuer.testfarm.letsencrypt.yaml
    3-objects/middleware.testfarm.testfarm-only-https.yaml
    3-objects/middleware.testfarm.testfarm-retry.yaml
    3-objects/middleware.testfarm.testfarm-to-https.yaml
    3-objects/networkpolicy.postgres.clients.yaml
    3-objects/networkpolicy.postgres.inside.yaml
    3-objects/networkpolicy.redis.clients.yaml
    3-objects/networkpolicy.redis.inside.yaml
    3-objects/networkpolicy.seaweedfs.clients.yaml
    3-objects/networkpolicy.seaweedfs.inside.yaml
    3-objects/networkpolicy.testfarm-nodes.closed.yaml
    3-objects/networkpolicy.testfarm.api.yaml
    3-objects/networkpolicy.testfarm.browser.yaml
    3-objects/networkpolicy.testfarm.certificate-proof.yaml
    3-objects/networkpolicy.testfarm.closed.yaml
    3-objects/networkpolicy.testfarm.egress.yaml
    3-objects/networkpolicy.testfarm.migrate.yaml
    3-objects/networkpolicy.testfarm.operator.yaml
    3-objects/networkpolicy.testfarm.web.yaml
    3-objects/networkpolicy.testfarm.worker.yaml
    3-objects/objectstore.postgres.archive.yaml
    3-objects/poddisruptionbudget.postgres.postgres-pooler.yaml
    3-objects/poddisruptionbudget.seaweedfs.master.yaml
    3-objects/poddisruptionbudget.seaweedfs.volume.yaml
    3-objects/poddisruptionbudget.testfarm.api.yaml
    3-objects/poddisruptionbudget.testfarm.browser.yaml
    3-objects/poddisruptionbudget.testfarm.egress.yaml
    3-objects/poddisruptionbudget.testfarm.web.yaml
    3-objects/poddisruptionbudget.testfarm.worker.yaml
    3-objects/pooler.postgres.postgres-pooler.yaml
    3-objects/scheduledbackup.postgres.nightly.yaml
    3-objects/service.testfarm.api.yaml
    3-objects/service.testfarm.browser.yaml
    3-objects/service.testfarm.egress.yaml
    3-objects/service.testfarm.web.yaml
    3-objects/service.traefik.traefik.yaml
    3-objects/serviceaccount.testfarm-nodes.seccomp-profile.yaml
    3-objects/serviceaccount.testfarm.api.yaml
    3-objects/serviceaccount.testfarm.browser.yaml
    3-objects/serviceaccount.testfarm.egress.yaml
    3-objects/serviceaccount.testfarm.migrate.yaml
    3-objects/serviceaccount.testfarm.web.yaml
    3-objects/serviceaccount.testfarm.worker.yaml
    3-objects/tlsoption.testfarm.testfarm-tls.yaml
    3-objects/triggerauthentication.testfarm.queue.yaml
    4-migration/job.testfarm.migrate-....yaml
    5-workloads/deployment.testfarm.api.yaml
    5-workloads/deployment.testfarm.browser.yaml
    5-workloads/deployment.testfarm.egress.yaml
    5-workloads/deployment.testfarm.web.yaml
    5-workloads/deployment.testfarm.worker.yaml"
  `);
  expect(toFillIn).toMatchInlineSnapshot(`
    "5-workloads/scaledobject.testfarm.browser.yaml: spec.triggers[0].metadata.databaseIndex, spec.triggers[1].metadata.databaseIndex, spec.triggers[2].metadata.databaseIndex
    5-workloads/scaledobject.testfarm.worker.yaml: spec.triggers[0].metadata.databaseIndex, spec.triggers[1].metadata.databaseIndex, spec.triggers[2].metadata.databaseIndex"
  `);
  expect(secrets).toMatchInlineSnapshot(`
    "postgres/bucket: its keys are in docs/gitops.md
    postgres/owner: its keys are in docs/gitops.md
    redis/password: its keys are in docs/gitops.md
    seaweedfs/s3: its keys are in docs/gitops.md
    testfarm/api: its keys are in docs/gitops.md
    testfarm/browser: its keys are in docs/gitops.md
    testfarm/migrate: its keys are in docs/gitops.md
    testfarm/scaler: its keys are in docs/gitops.md
    testfarm/worker: its keys are in docs/gitops.md"
  `);
});

test("a directory in use is left as it is", () => {
  const out = mkdtempSync(join(temporary, "used-"));
  writeFileSync(join(out, "mine"), "");
  const { code, stderr } = run(root, "scale", "--out", out);
  expect(code).toBe(2);
  expect(stderr).toContain(`${out} is not empty; remove it, or name another with --out`);
  expect(readdirSync(out)).toEqual(["mine"]);
});

test.for([
  ["no stack", [], 2, /manifests/],
  ["a stack that is not there", ["nowhere"], 2, /nowhere.*scale/s],
  ["a stack without a cluster", ["mvp"], 1, /stack mvp is of tier vps, which has nothing in a cluster/],
  ["an option that is not there", ["scale", "--output", "x"], 2, /--output/],
] as const)("%s is refused with the way out", ([, args, wanted, words]) => {
  const { code, stdout, stderr } = run(root, ...args);
  expect([code, stdout]).toEqual([wanted, ""]);
  expect(stderr).toMatch(words);
});
