import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Cloud } from "../../infra/capacity/kubernetes.ts";
import { describeWith } from "../support/services.ts";
import { pulumiCli } from "./find-cli.ts";
import { images } from "./managed-stack.ts";
import { secretsOf, variables } from "./outputs.ts";
import { openStack, type Stack, typeOf, urnsOf } from "./stack.ts";

const minute = 60_000;
const isInCluster = (type: string): boolean => type.startsWith("kubernetes:");

interface Row {
  /** Beside what every cloud is told. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** What more nodes and a higher version change. */
  readonly changed: readonly string[];
}

const rows: { readonly [Name in Cloud]: Row } = {
  gke: {
    settings: { project: "farm-project" },
    changed: ["gcp:container/cluster:Cluster", "gcp:container/nodePool:NodePool"],
  },
  eks: {
    settings: {},
    // Versions of the add-ons are those that go with the cluster's.
    changed: ["aws:eks/addon:Addon", "aws:eks/cluster:Cluster", "aws:eks/nodeGroup:NodeGroup"],
  },
  aks: {
    settings: {},
    changed: ["azure-native:containerservice:AgentPool", "azure-native:containerservice:ManagedCluster"],
  },
  doks: {
    settings: {},
    changed: [
      "digitalocean:index/kubernetesCluster:KubernetesCluster",
      "digitalocean:index/kubernetesNodePool:KubernetesNodePool",
    ],
  },
};

/** Types by what a preview would do to them. */
async function operations(stack: Stack): Promise<ReadonlyMap<string, readonly string[]>> {
  const changes = await stack.changes();
  const typesOf = (wanted: string) =>
    [...new Set(changes.filter(({ op }) => op === wanted).map(({ urn }) => typeOf(urn)!))].toSorted();
  return new Map(changes.map(({ op }) => [op, typesOf(op)]));
}

const settingsOf = (cluster: Cloud) => ({
  cluster,
  project: undefined,
  domain: "farm.test",
  adminCidrs: ["81.2.69.142/32"],
  image: images("a"),
  version: "1.34",
  ...rows[cluster].settings,
});

/** Each takes minutes, and all of them most of what `npm test` may. */
const clusters =
  process.env["TESTFARM_MATRIX"] === "all" ? (Object.keys(rows) as Cloud[]) : (["gke"] as const);

// One life of each stack, told in order: each test goes on where the one before it ended.
await describeWith(pulumiCli, "tier kubernetes on the real engine", (cli) => {
  describe.each(clusters)("cluster %s", (cluster) => {
    let stack: Stack;
    beforeAll(async () => {
      stack = openStack(cli, {}, { name: "scale", values: settingsOf(cluster) });
      await stack.open();
    }, minute);
    afterAll(() => stack.end());

    test("preview says what would be made, and makes nothing", { timeout: 3 * minute }, async () => {
      expect([...(await operations(stack)).keys()]).toEqual(["create"]);
      expect(stack.world.things()).toEqual([]);
    });

    test("up makes it, with every variable of the application", { timeout: 3 * minute }, async () => {
      await stack.change("up");
      const outputs = JSON.parse(await stack.succeed("stack", "output", "--json")) as object;
      expect(Object.keys(outputs)).toEqual(expect.arrayContaining([...variables, "ACCESS", "DNS_RECORDS"]));
    });

    test("no secret stands in clear in the state, nor is one printed", { timeout: minute }, async () => {
      const { secrets, inClear } = await secretsOf(stack);
      expect(secrets.length).toBeGreaterThan(8);
      expect(inClear).toEqual([]);
    });

    test("up again changes nothing, and so does a refresh", { timeout: 3 * minute }, async () => {
      expect(await stack.change("up", "--expect-no-changes")).toMatch(/\d+ unchanged/);
      expect(await stack.change("refresh", "--expect-no-changes")).toMatch(/\d+ unchanged/);
    });

    test("more nodes and a higher version are taken in place", { timeout: 4 * minute }, async () => {
      stack.configure({ apiNodes: 9, browserNodes: { min: 3, max: 8 }, version: "1.35" });
      const changes = await operations(stack);
      expect([...changes.keys()]).toEqual(["update"]);
      expect(changes.get("update")).toEqual(rows[cluster].changed);
      await stack.change("up");
      await stack.change("up", "--expect-no-changes");
    });

    test("a new image changes what runs it, and migrates anew", { timeout: 4 * minute }, async () => {
      stack.configure({ image: images("b") });
      const changes = await operations(stack);
      const outside = [...changes.values()].flat().filter((type) => !isInCluster(type));
      // One of its outputs names the image.
      expect(outside.filter((type) => type !== "pulumi:pulumi:Stack")).toEqual([]);
      expect(changes.get("update")).toContain("kubernetes:apps/v1:Deployment");
      expect(changes.get("create") ?? changes.get("replace")).toContain("kubernetes:batch/v1:Job");
      await stack.change("up");
    });

    test("destroy stops at the data, and leaves them when told so", { timeout: 3 * minute }, async () => {
      const { code, stdout } = await stack.run(["destroy", "--yes", "--skip-preview"]);
      expect(code).not.toBe(0);
      expect(stdout).toMatch(/cannot be deleted\s+because it is protected/);
      const kept = urnsOf(stack.made().filter(({ protect }) => protect));
      expect(kept).not.toEqual([]);
      await stack.change("destroy", "--exclude-protected");
      expect(urnsOf(stack.made())).toEqual(expect.arrayContaining(kept));
    });
  });
});
