import { expect, test } from "vitest";
import { readLock } from "../../../infra/images/lock.ts";
import { thirdParty } from "../../../infra/images/third-party.ts";
import { Secret } from "../../../infra/plan/record.ts";
import { resourceOf } from "../../../infra/testing/index.ts";
import { start } from "./stack.ts";

const place = { project: "project-1", environment: "environment-1", name: "postgres" };

test.each([
  ["madrid", "europe-west4-drams3a"],
  ["frankfurt", "europe-west4-drams3a"],
  ["new-york", "us-east4-eqdc4a"],
  ["singapore", "asia-southeast1-eqsg3a"],
] as const)(
  "near %s it is a container with a volume in %s, with no way in from outside",
  async (near, region) => {
    const recording = await start("railway", { near });
    const { inputs } = resourceOf(recording, "testfarm:railway:Service");
    const { variables, ...others } = inputs;
    const digest = readLock()[thirdParty.postgres];
    expect(others).toEqual({
      ...place,
      region,
      image: digest === undefined ? thirdParty.postgres : `${thirdParty.postgres}@${digest}`,
      startCommand: "docker-entrypoint.sh postgres -c wal_level=logical -c max_slot_wal_keep_size=2GB",
      volume: "volume-1",
      mountPath: "/var/lib/postgresql/data",
      overlapSeconds: 0,
      restartPolicy: "ALWAYS",
    });
    expect(variables).toMatchObject({
      POSTGRES_DB: "testfarm",
      POSTGRES_USER: "admin",
      PGDATA: "/var/lib/postgresql/data/17",
      POSTGRES_PASSWORD: expect.any(Secret) as Secret,
    });
    const volume = resourceOf(recording, "testfarm:railway:Volume");
    expect(volume.inputs).toEqual({ ...place, region, deletionProtection: true });
  },
);

test("what it is not protected against is the end of its container, which holds nothing", async () => {
  const { protect, retainOnDelete } = resourceOf(await start("railway"), "testfarm:railway:Service");
  expect({ protect, retainOnDelete }).toEqual({ protect: false, retainOnDelete: false });
});
