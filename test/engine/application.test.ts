import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { beforeAll, describe, expect, test } from "vitest";
import { withClient } from "../../app/backup/connection.ts";
import { serveDemoSite } from "../../app/demo-site/serve.ts";
import { s3Client } from "../../app/s3-client.ts";
import { atEnd } from "../support/at-end.ts";
import { startBrowserbase } from "../support/browserbase.ts";
import { chromium } from "../support/chromium.ts";
import { credentials as atBrowserbase } from "../support/contracts/browserbase.ts";
import { type Farm, settleIn } from "../support/farm.ts";
import { pgbouncer } from "../support/pgbouncer.ts";
import { openssl } from "../support/programs.ts";
import { redisProgram } from "../support/redis.ts";
import { s3, type TestBucket } from "../support/s3.ts";
import { describeWith, type Service } from "../support/services.ts";
import * as places from "./application-places.ts";
import { startApplication, variablesOf } from "./application-roles.ts";
import { pulumiCli } from "./find-cli.ts";
import { type ManagedStack, openManagedStack } from "./managed-stack.ts";
import { certify } from "./tls.ts";

interface Found extends places.Programs {
  readonly cli: string;
  readonly openssl: string;
  readonly openBucket: () => Promise<TestBucket>;
}

const services = [pulumiCli, s3, redisProgram, pgbouncer, openssl, chromium] as const;
const everything: Service<Found> = {
  name: services.map(({ name }) => name).join(", or no "),
  needs: services.map(({ needs }) => needs).join(" "),
  async find() {
    const [cli, openBucket, redis] = [await pulumiCli.find(), await s3.find(), await redisProgram.find()];
    const [pool, ssl, browsers] = [await pgbouncer.find(), await openssl.find(), await chromium.find()];
    if (cli === undefined || openBucket === undefined || redis === undefined) return undefined;
    if (pool === undefined || ssl === undefined || browsers === undefined) return undefined;
    return { cli, openBucket, redis, pgbouncer: pool, openssl: ssl };
  },
};

const minute = 60_000;

/** A public address, as workers want it of a site; in the network of Browserbase's browsers it leads to the demo shop. */
const shop = "93.184.215.14";

await describeWith(everything, "the application on what a stack tells it", (found) => {
  describe.each([
    ["validation: Railway, Neon, Upstash", places.neonAndUpstash],
    ["validation: Railway, Supabase, its queue too", places.supabaseAlone],
    ["growth: Fly.io, its queue too", places.flyAlone],
  ])("%s", (_, open) => {
    let place: places.Place;
    let bucket: TestBucket;
    let stack: ManagedStack;
    let told: Readonly<Record<string, string>>;
    let browserbase: Awaited<ReturnType<typeof startBrowserbase>>;
    let farm: Farm;

    beforeAll(async () => {
      const certificate = certify(found.openssl);
      bucket = await found.openBucket();
      place = await open(found, certificate, bucket);
      stack = await openManagedStack(found.cli, place.stack, place.settings, place.addresses);
      atEnd(stack.end);
      await stack.change("up");
      told = JSON.parse(await stack.succeed("stack", "output", "--json", "--show-secrets")) as typeof told;
      await place.settle?.(stack.companies);

      const site = await serveDemoSite({ port: 0 });
      atEnd(site.close);
      const { browserbaseProjectId } = stack.companies.settings;
      browserbase = await startBrowserbase(atBrowserbase.apiKey, browserbaseProjectId, [
        `--host-resolver-rules=MAP ${shop} ${new URL(site.url).host}`,
      ]);
      atEnd(browserbase.close);
      const url = await startApplication(
        { ...told, ...place.inPlace },
        { NODE_EXTRA_CA_CERTS: certificate.authority, BROWSERBASE_BASE_URL: browserbase.url },
      );
      farm = await settleIn(url, told["FRONTEND_URL"]!, told["OWNER_BOOTSTRAP_TOKEN"]!);
    }, 3 * minute);

    test(
      "a session passes in Browserbase's browser, with its pictures in the bucket",
      { timeout: 3 * minute },
      async () => {
        const task = { url: `http://${shop}/`, objective: "Find a mug and order it" };
        const { id } = await farm.startSession(task);
        expect(await farm.endOf(id)).toMatchObject({ status: "passed", attempt: 1 });
        const picture = await farm.picture(id, 1);
        expect(picture).toMatchObject({ status: 200, type: expect.stringMatching(/^image\//) as string });
        expect(picture.size).toBeGreaterThan(1_000);
        const client = s3Client(bucket, 10_000);
        const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket.name }));
        client.destroy();
        expect(Contents.filter(({ Key }) => Key!.includes(id)).map(({ Size }) => Size)).toContain(
          picture.size,
        );
        expect(browserbase.statuses()).toEqual(["COMPLETED"]);
        expect(browserbase.refused).toEqual([]);
      },
    );

    test("the queue is where the stack says", async () => {
      const { rows } = await withClient(place.database, (client) =>
        client.query<{ is_called: boolean }>("SELECT is_called FROM bullmq.job_seq"),
      );
      const isInRedis = told["REDIS_URL"] !== "";
      expect(rows).toEqual([{ is_called: !isInRedis }]);
      expect(((await place.queueKeys?.()) ?? []).length > 0).toBe(isInRedis);
    });

    test("services use the database as an account that owns nothing there, and its owner is no superuser", async () => {
      await farm.addPersona();
      const { rows } = await withClient(place.database, (client) =>
        client.query(
          `SELECT DISTINCT usename AS "user", tableowner AS owner, rolsuper AS "isSuper"
             FROM pg_stat_activity, pg_tables JOIN pg_roles ON rolname = tableowner
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND schemaname = 'public'`,
        ),
      );
      const owner = decodeURIComponent(new URL(told["DATABASE_ADMIN_URL"]!).username).split(".")[0];
      expect(rows).toEqual([{ user: "app", owner, isSuper: false }]);
    });

    test("the company that runs the roles was told the same variables", () => {
      for (const role of ["migrate", "api", "worker"] as const) {
        const set = Object.entries(variablesOf(role, told)).filter(([, value]) => value !== "");
        expect(place.given(stack.companies, role)).toEqual(Object.fromEntries(set));
      }
      expect(stack.companies.violations()).toEqual([]);
    });
  });
});
