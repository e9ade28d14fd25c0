import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { beginAttempt, writeEvent } from "../../../app/db/attempts.ts";
import { createSession } from "../../../app/db/sessions.ts";
import { pictureKey } from "../../../app/storage/contract.ts";
import type { Storage } from "../../../app/storage/contract.ts";
import { storages } from "../../../app/storage/index.ts";
import { createTenant, testApi, testServices } from "../../support/api.ts";
import { s3 } from "../../support/s3.ts";
import type { TestBucket } from "../../support/s3.ts";
import { describeWith } from "../../support/services.ts";
import { bytes, listed, storageSuite } from "./suite.ts";

const png = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");

await describeWith(s3, "with an S3 server", (newBucket) => {
  let bucket: TestBucket;
  let storage: Storage;
  beforeAll(async () => {
    bucket = await newBucket();
    storage = await storages.s3(bucket);
  });

  storageSuite("S3", () => Promise.resolve(storage));

  describe("the bucket", () => {
    test("loses all under a prefix, however many there are, and keeps their neighbour", async () => {
      const own = randomUUID();
      const keys = Array.from({ length: 1_050 }, (_, index) => `${own}/s/${index}.png`);
      const rest = [...keys, `${own}/s2/1.png`];
      while (rest.length > 0)
        await Promise.all(rest.splice(0, 25).map((key) => storage.put(key, bytes(key))));
      await storage.removeAll(`${own}/s/`);
      for (const key of [keys[0]!, keys[999]!, keys[1_000]!, keys.at(-1)!])
        expect(await storage.get(key)).toBeUndefined();
      expect(await storage.get(`${own}/s2/1.png`)).toBeDefined();
    }, 60_000);

    test("is private: nobody reads it without credentials, or with others", async () => {
      const key = `${randomUUID()}/1.png`;
      await storage.put(key, png);
      const { status } = await fetch(`${bucket.endpoint}/${bucket.name}/${key}`);
      expect(status).toBe(403);
      const others = { ...bucket.credentials, secretAccessKey: "a guess" };
      const stranger = await storages.s3({ ...bucket, credentials: others });
      await expect(stranger.get(key)).rejects.toThrow(
        `The bucket ${bucket.name} (S3_BUCKET) does not give ${key}: The request signature`,
      );
      await expect(stranger.put(key, png)).rejects.toThrow("does not take");
      await expect(stranger.removeAll(`${dirname(key)}/`)).rejects.toThrow("does not remove");
      await expect(stranger.remove(key)).rejects.toThrow(`does not remove ${key}`);
      await expect(listed(stranger)).rejects.toThrow("does not list its objects");
    });

    test("that does not exist is an error, not a picture that is missing", async () => {
      const nowhere = await storages.s3({ ...bucket, name: `test-${randomUUID()}` });
      await expect(nowhere.get("1.png")).rejects.toThrow("The specified bucket does not exist");
    });
  });

  describe("a presigned address", () => {
    test("shows the picture without credentials, as what it is, for five minutes", async () => {
      const key = `${randomUUID()}/1.png`;
      await storage.put(key, png);
      const address = (await storage.presign(key))!;
      const response = await fetch(address);
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toBe("image/png");
      expect(Buffer.from(await response.arrayBuffer()).equals(png)).toBe(true);
      expect(new URL(address).searchParams.get("X-Amz-Expires")).toBe("300");
    });

    test("shows nothing else: not another picture, not for longer, not after it was changed", async () => {
      const [key, other] = [`${randomUUID()}/1.png`, `${randomUUID()}/1.png`];
      for (const each of [key, other]) await storage.put(each, png);
      const address = (await storage.presign(key))!;
      const longer = new URL(address);
      longer.searchParams.set("X-Amz-Expires", "604800");
      const forged = new URL(address);
      forged.searchParams.set("X-Amz-Signature", "0".repeat(64));
      for (const each of [address.replace(key, other), longer, forged])
        expect((await fetch(each)).status).toBe(403);
      expect((await fetch(address, { method: "DELETE" })).status).toBe(403);
      expect(await storage.get(key)).toBeDefined();
    });
  });

  test("the API sends who may see a picture to the bucket, and nobody else", async () => {
    const services = { ...(await testServices()), storage };
    const [own, stranger] = [await createTenant(services, "Own"), await createTenant(services, "Other")];
    const { url } = await testApi(services, [own, stranger]);
    const task = { url: "http://shop.test/", objective: "Buy a mug", personaId: own.personaId };
    const { id } = await createSession(services.db, own.orgId, task);
    const attempt = (await beginAttempt(services.db, { orgId: own.orgId, sessionId: id }))!;
    const screenshot = pictureKey({ ...attempt, step: 1 }, png);
    await storage.put(screenshot, png);
    await writeEvent(services.db, attempt, {
      type: "step",
      step: 1,
      action: { kind: "back" },
      description: "Step 1",
      reasoning: "",
      url: "http://shop.test/",
      title: "Shop",
      milliseconds: 1,
      error: null,
      screenshot,
    });
    const ask = (user: string, step: number) =>
      fetch(`${url}/api/sessions/${id}/screenshots/${step}`, {
        redirect: "manual",
        headers: { "x-user": user },
      });
    const answer = await ask(own.userId, 1);
    expect(answer.status).toBe(302);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const picture = await fetch(answer.headers.get("location")!);
    expect(Buffer.from(await picture.arrayBuffer()).equals(png)).toBe(true);
    expect((await ask(own.userId, 2)).status).toBe(404);
    for (const [user, status] of [
      [stranger.userId, 404],
      ["nobody", 401],
    ] as const) {
      const refused = await ask(user, 1);
      expect(refused.status).toBe(status);
      expect(refused.headers.get("location")).toBeNull();
    }
  });
});

test("no request carries a checksum, which stores other than AWS turn away, and a picture says what it is", async () => {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    request.resume().on("end", () => response.end());
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const credentials = { accessKeyId: "testfarm", secretAccessKey: "testfarm-secret" };
  const endpoint = `http://127.0.0.1:${port}`;
  const storage = await storages.s3({ name: "pictures", endpoint, forcePathStyle: true, credentials });
  await storage.put("1.webp", bytes("picture"));
  await storage.get("1.webp");
  server.closeAllConnections();
  server.close();
  expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
    "PUT /pictures/1.webp?x-id=PutObject",
    "GET /pictures/1.webp?x-id=GetObject",
  ]);
  expect(requests[0]!.headers["content-type"]).toBe("image/webp");
  const sent = [...requests.flatMap(({ headers }) => Object.keys(headers)), await storage.presign("1.webp")];
  expect(sent.filter((each) => /checksum|crc/i.test(each!))).toEqual([]);
});

test("a store in a cluster has no presigned addresses, since no browser reaches it there", async () => {
  const credentials = { accessKeyId: "testfarm", secretAccessKey: "testfarm-secret" };
  for (const host of ["seaweedfs-s3.seaweedfs.svc", "s3.shop.svc.cluster.local"]) {
    const bucket = { name: "pictures", endpoint: `http://${host}:8333`, forcePathStyle: true, credentials };
    expect(await (await storages.s3(bucket)).presign("1.webp")).toBeUndefined();
  }
  const reached = {
    name: "pictures",
    endpoint: "https://svc.example.com",
    forcePathStyle: true,
    credentials,
  };
  expect(await (await storages.s3(reached)).presign("1.webp")).toMatch(/^https:\/\/svc\.example\.com\//);
});
