import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { expect, test, vi } from "vitest";
import { storages } from "../../../../app/storage/index.ts";
import { companiesAccess } from "../../../../infra/access/companies.ts";
import type { Access } from "../../../../infra/contracts/access.ts";
import { storeBeside } from "../../../../infra/promotion/objects/beside.ts";
import { storeOf } from "../../../../infra/promotion/objects/store.ts";
import { atEnd } from "../../../support/at-end.ts";
import { s3 } from "../../../support/s3.ts";
import { describeWith } from "../../../support/services.ts";
import { listed, objectsSuite } from "./suite.ts";

const temporary = () => {
  const directory = mkdtempSync(join(tmpdir(), "testfarm-objects-"));
  atEnd(() => rmSync(directory, { recursive: true }));
  return directory;
};

interface CountedAccess extends Pick<Access, "run"> {
  /** What ended ones have ended with. */
  readonly codes: number[];
  readonly started: () => number;
  /** Ends the newest. */
  stop(): void;
}

/** Runs the role as a process of this machine, as `companies` does, and counts. */
async function counted(): Promise<CountedAccess> {
  const access = await companiesAccess();
  const stops: AbortController[] = [];
  const codes: number[] = [];
  return {
    codes,
    started: () => stops.length,
    stop: () => stops.at(-1)!.abort(),
    async run(role, signal) {
      const stop = new AbortController();
      stops.push(stop);
      signal?.addEventListener("abort", () => stop.abort());
      const code = await access.run(role, stop.signal);
      codes.push(code);
      return code;
    },
  };
}

objectsSuite("in a directory of this machine", () => Promise.resolve(storeOf(storages.disk(temporary()))));

test("a directory of more files than are sorted at once is listed in order, each once", async () => {
  const directory = temporary();
  mkdirSync(join(directory, "org"));
  const names = Array.from({ length: 22_000 }, (_, index) => `${index}.png`);
  for (const name of names) writeFileSync(join(directory, "org", name), "");
  const found: string[] = [];
  for await (const { key } of storages.disk(directory).list("org/")) found.push(key);
  expect(found).toEqual(names.toSorted().map((name) => `org/${name}`));
});

objectsSuite("on a volume that only a stack has", async () =>
  storeBeside(await companiesAccess(), { STORAGE_DIR: temporary(), LOG_LEVEL: "info" }),
);

await describeWith(s3, "with an S3 server", (newBucket) => {
  objectsSuite("in a bucket", async () => storeOf(await storages.s3(await newBucket())));

  test("a bucket that only a stack reaches is seen by its variables", async () => {
    const bucket = await newBucket();
    await (await storages.s3(bucket)).put("org/1.png", Buffer.from("picture"));
    const store = storeBeside(await companiesAccess(), {
      S3_BUCKET: bucket.name,
      S3_ENDPOINT: bucket.endpoint,
      S3_FORCE_PATH_STYLE: "true",
      AWS_ACCESS_KEY_ID: bucket.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: bucket.credentials.secretAccessKey,
    });
    expect(await listed(store)).toEqual([{ key: "org/1.png", bytes: 7 }]);
    await store.close();
  });
});

test("the role is started when it is asked first, once, and ends when nobody asks any more", async () => {
  const access = await counted();
  const store = storeBeside(access, { STORAGE_DIR: temporary() });
  expect(access.started()).toBe(0);
  await Promise.all(["a", "b", "c"].map((key) => store.put(key, Buffer.from(key))));
  expect(access.started()).toBe(1);
  await store.close();
  expect(access.codes).toEqual([0]);
  await store.close();
});

test("what was asked of a role that ends fails with its last words, and the next one that is asked is a new one", async () => {
  const access = await counted();
  const directory = temporary();
  const store = storeBeside(access, { STORAGE_DIR: directory });
  await store.put("1.png", Buffer.from("picture"));
  const asked = store.put("2.png", new Uint8Array(50_000_000));
  access.stop();
  await expect(asked).rejects.toThrow(/^The role objects has ended with \d/);
  expect(Buffer.from((await store.get("1.png"))!).toString()).toBe("picture");
  expect(access.started()).toBe(2);
  await store.close();
});

test("a role that does not start says why", async () => {
  const store = storeBeside(await companiesAccess(), {});
  await expect(store.get("1.png")).rejects.toThrow(
    /^The role objects has ended with 1: The environment is not as it must be:.*Neither S3_BUCKET nor STORAGE_DIR is set/s,
  );
  await store.close();
});

test("a stack that is not reached says why", async () => {
  const access = { run: () => Promise.reject(new Error("The Docker engine does not answer")) };
  await expect(storeBeside(access, {}).hash("1.png")).rejects.toThrow("The Docker engine does not answer");
});

test("a role that answers in other words than frames is ended, and said to", async () => {
  let ended = false;
  const store = storeBeside(
    {
      async run({ output }, signal) {
        (output.stdout as PassThrough).write("WARNING: this machine is not to be used\n");
        await vi.waitUntil(() => signal!.aborted);
        ended = true;
        return 143;
      },
    },
    {},
  );
  await expect(store.get("1.png")).rejects.toThrow('What is read are no frames: it begins with "WARNING:".');
  await vi.waitUntil(() => ended);
  await store.close();
});
