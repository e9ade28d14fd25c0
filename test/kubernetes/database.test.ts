import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { Client } from "pg";
import { parse } from "yaml";
import { beforeAll, expect, test, vi } from "vitest";
import { migrate } from "../../app/db/migrate.ts";
import { alerts } from "../../components/kubernetes/monitoring/alerts.ts";
import { sizesFor } from "../../infra/capacity/kubernetes.ts";
import { pulumiCli } from "../engine/find-cli.ts";
import { projectRoot } from "../engine/engine.ts";
import { s3, type TestBucket } from "../support/s3.ts";
import { clusters, findPrograms, kubernetesProvider, type Cluster } from "../support/kubernetes/index.ts";
import { describeWith } from "../support/services.ts";
import { installCloudNativePg } from "./cloudnative-pg.ts";
import { keepWriting, longestGap, type Written } from "./cloudnative-pg-writers.ts";
import { engineOf } from "./engine.ts";

const namespace = "postgres";
const minutes = (count: number) => count * 60_000;

await describeWith(clusters, "PostgreSQL run by CloudNativePG", async (startCluster) => {
  // They are built here where they have to be, which takes longer than a test may.
  const [cli, provider, openBucket] = [await pulumiCli.find(), await kubernetesProvider(), await s3.find()];
  await findPrograms(["cloudnative-pg", "barman-cloud"]);
  let cluster: Cluster;
  let bucket: TestBucket;
  let image: string;
  let pulumi: (...args: string[]) => Promise<string>;
  /** As the stack tells them, with the Service's address in place of its name. */
  let urls: Readonly<Record<"DATABASE_URL" | "DATABASE_DIRECT_URL" | "DATABASE_ADMIN_URL", string>>;

  beforeAll(async () => {
    cluster = await startCluster({ nodes: 3 });
    const images = await installCloudNativePg(cluster);
    image = images.postgresql;
    bucket = await openBucket!();
    const fixture = join(import.meta.dirname, "fixtures/database");
    const engine = await engineOf(cli!, provider, cluster.kubeconfig, fixture);
    const environment = { IMAGE: image, BUCKET: JSON.stringify(variablesOf(bucket, cluster.host)) };
    pulumi = (...args) => engine.pulumi(environment, ...args);
    await pulumi("up", "--yes", "--skip-preview");
    const told = JSON.parse(await pulumi("stack", "output", "--json", "--show-secrets")) as typeof urls;
    urls = Object.fromEntries(
      await Promise.all(Object.entries(told).map(async ([name, url]) => [name, await byAddress(url)])),
    );
  }, minutes(20));

  const get = (...args: string[]): Promise<any> => cluster.get<any>(...args, "--namespace", namespace);
  const kubectl = (...args: string[]) => cluster.kubectl("--namespace", namespace, ...args);

  async function byAddress(url: string): Promise<string> {
    const address = new URL(url);
    const [service = ""] = address.hostname.split(".");
    await kubectl("wait", "--for=create", `service/${service}`, "--timeout=60s");
    address.hostname = (await get("service", service)).spec.clusterIP;
    return address.href;
  }

  const keysIn = async (prefix: string): Promise<string[]> => {
    const client = new S3Client(bucket);
    const { Contents = [] } = await client
      .send(new ListObjectsV2Command({ Bucket: bucket.name, Prefix: prefix }))
      .finally(() => client.destroy());
    return Contents.map(({ Key }) => Key!);
  };

  test("comes up with three instances on nodes of their own, and its log goes to the bucket", async () => {
    const { status } = await get("cluster", "postgres");
    expect(status.readyInstances).toBe(3);
    const archives = status.conditions.find(({ type }: { type: string }) => type === "ContinuousArchiving");
    expect(archives).toMatchObject({ status: "True" });
    const { items } = await get("pods", "--selector=cnpg.io/podRole=instance");
    expect(items.map(({ spec }: any) => spec.nodeName).toSorted()).toEqual(["node-1", "node-2", "node-3"]);
    await vi.waitFor(async () =>
      expect(await keysIn("postgres/postgres/wals/")).toContainEqual(expect.stringMatching(/\.gz$/)),
    );
  });

  test(
    "what is there is what the program says: nothing is to do",
    async () => {
      expect(await pulumi("preview", "--diff", "--expect-no-changes")).toMatch(/unchanged/);
      await pulumi("refresh", "--yes", "--diff", "--expect-no-changes");
    },
    minutes(3),
  );

  test(
    "its owner makes the account of services, which comes in by the pooler",
    async () => {
      await migrate(urls.DATABASE_ADMIN_URL, { serviceUrl: urls.DATABASE_DIRECT_URL });
      await ask(urls.DATABASE_ADMIN_URL, "CREATE TABLE writes (id bigint PRIMARY KEY)");
      await kubectl("rollout", "status", "deployment/postgres-pooler", "--timeout=120s");
      expect(await ask(urls.DATABASE_URL, "SELECT current_user AS name")).toEqual([{ name: "app" }]);
    },
    minutes(3),
  );

  test(
    "a whole copy is in the bucket soon, made by an instance that does not write",
    async () => {
      const { status } = await get("cluster", "postgres");
      const { items } = await vi.waitFor(async () => {
        const backups = await get("backups");
        expect(backups.items).toMatchObject([{ status: { phase: "completed" } }]);
        return backups;
      }, minutes(3));
      expect(items[0].status.instanceID.podName).not.toBe(status.currentPrimary);
      expect(await keysIn("postgres/postgres/base/")).toContainEqual(expect.stringMatching(/data\.tar\.gz$/));
    },
    minutes(4),
  );

  test(
    "its instances tell every figure that an alert asks for, and two of the three that they receive",
    async () => {
      const asked = alerts({
        namespaces: { application: "testfarm", database: namespace },
        sizes: sizesFor({ sessions: 10, sessionsPerBrowser: 1, apiReplicas: 3, browser: "own" }),
        ownBrowsers: true,
      }).flatMap(({ expr }) => expr.match(/\b(cnpg|barman_cloud)_\w+/g) ?? []);
      expect(asked.length).toBeGreaterThan(4);
      const { items } = await get("pods", "--selector=cnpg.io/podRole=instance");
      await vi.waitFor(async () => {
        const told = await Promise.all(
          items.map(async ({ status }: any) =>
            (await fetch(`http://${status.podIP}:9187/metrics`)).text(),
          ) as Promise<string>[],
        );
        const names = new Set(told.flatMap((text) => text.match(/^\w+/gm) ?? []));
        expect([...names]).toEqual(expect.arrayContaining(asked));
        const receiving = told.map(
          (text) => /^cnpg_pg_replication_is_wal_receiver_up(?:\{.*\})? (\d)$/m.exec(text)?.[1],
        );
        expect(receiving.toSorted()).toEqual(["0", "1", "1"]);
      }, minutes(2));
    },
    minutes(3),
  );

  let last = 0;
  const nextId = () => ++last;

  /** Kills the instance that writes under 200 writes a second, half of them by the pooler. */
  async function killed(how: (primary: string) => Promise<unknown>) {
    const before = (await get("cluster", "postgres")).status.currentPrimary as string;
    const ways = [urls.DATABASE_DIRECT_URL, urls.DATABASE_URL].map((url) => keepWriting(url, 100, nextId));
    const acknowledge = (more: number) => {
      const wanted = ways.map(({ soFar }) => soFar.acknowledged.length + more);
      const counts = () => ways.map(({ soFar }) => soFar.acknowledged.length);
      return vi.waitUntil(() => counts().every((count, index) => count >= wanted[index]!), minutes(5));
    };
    await acknowledge(500);
    const at = performance.now();
    const { failed } = ways[0]!.soFar;
    await how(before);
    await vi.waitUntil(() => ways[0]!.soFar.failed > failed, minutes(1));
    await acknowledge(500);
    const written = await Promise.all(ways.map(({ stop }) => stop()));
    const rows = await ask<{ id: string }>(urls.DATABASE_ADMIN_URL, "SELECT id FROM writes");
    const there = new Set(rows.map(({ id }) => Number(id)));
    const acknowledged = written.flatMap((each) => each.acknowledged);
    const lost = acknowledged.filter(({ id }) => !there.has(id));
    const after = await vi.waitFor(async () => {
      const { status } = await get("cluster", "postgres");
      expect(status).toMatchObject({ readyInstances: 3, phase: "Cluster in healthy state" });
      return status.currentPrimary as string;
    }, minutes(5));
    const [direct, pooled] = written.map((each) => figuresOf(each, at));
    const told = `${acknowledged.length} acknowledged, ${lost.length} lost; direct ${direct}; by the pooler ${pooled}`;
    return { lost, told, hasMoved: before !== after };
  }

  test(
    "loses no acknowledged write when the pod that writes is gone",
    async () => {
      const { lost, told, hasMoved } = await killed((primary) =>
        kubectl("delete", "pod", primary, "--grace-period=0", "--force"),
      );
      console.log(`pod of the primary deleted: ${told}`);
      expect(lost).toEqual([]);
      expect(hasMoved).toBe(true);
    },
    minutes(12),
  );

  test(
    "loses none when the server that writes is killed",
    async () => {
      const kill = "kill -9 $(head -n 1 /var/lib/postgresql/data/pgdata/postmaster.pid)";
      const { lost, told } = await killed((primary) =>
        kubectl("exec", primary, "--container", "postgres", "--", "sh", "-c", kill),
      );
      console.log(`postgres of the primary killed: ${told}`);
      expect(lost).toEqual([]);
    },
    minutes(12),
  );

  test(
    "a moment that is over can be had again beside it, as docs/charts.md says",
    async () => {
      const [{ count, now }] = (await ask<{ count: string; now: Date }>(
        urls.DATABASE_ADMIN_URL,
        "SELECT count(*), now() FROM writes",
      )) as [{ count: string; now: Date }];
      expect(Number(count)).toBeGreaterThan(2000);
      await ask(urls.DATABASE_ADMIN_URL, "DELETE FROM writes");
      const [, text = ""] = /```yaml\n(# kubectl apply -f this\n[^]*?)```/.exec(
        readFileSync(join(projectRoot, "docs/charts.md"), "utf8"),
      )!;
      const restored = parse(text);
      restored.spec.imageName = image;
      restored.spec.bootstrap.recovery.recoveryTarget.targetTime = now.toISOString();
      const { status } = await get("cluster", "postgres");
      const log = "SELECT pg_switch_wal()";
      await kubectl("exec", status.currentPrimary, "-c", "postgres", "--", "psql", "-c", log);
      await cluster.apply(restored);
      await kubectl("wait", "--for=condition=Ready", "cluster/restored", "--timeout=600s");
      const psql = ["psql", "--tuples-only", "--no-align", "testfarm", "-c", "SELECT count(*) FROM writes"];
      expect(await kubectl("exec", "restored-1", "-c", "postgres", "--", ...psql)).toBe(`${count}\n`);
    },
    minutes(12),
  );
});

async function ask<Row extends object>(url: string, query: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return client
    .query<Row>(query)
    .then(({ rows }) => rows)
    .finally(() => client.end());
}

/** Of the bucket, as a pod reaches it. */
const variablesOf = ({ name, region, endpoint, credentials }: TestBucket, host: string) => ({
  S3_BUCKET: name,
  S3_REGION: region,
  S3_ENDPOINT: `http://${host}:${new URL(endpoint).port}`,
  S3_FORCE_PATH_STYLE: "true",
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
});

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

/** How fast it was until then, how long it was away, and how many writes failed. */
function figuresOf({ acknowledged, failed }: Written, killedAt: number): string {
  const before = acknowledged.filter(({ at }) => at < killedAt);
  const took = before.at(-1)!.at - before[0]!.at;
  const { length, end } = longestGap(acknowledged);
  const again = `again after ${seconds(end - killedAt)}, longest gap ${seconds(length)}`;
  return `${Math.round((before.length / took) * 1000)} a second, ${again}, ${failed} failed`;
}
