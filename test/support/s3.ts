import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { vi } from "vitest";
import { freePort } from "../../app/embedded/port.ts";
import type { Bucket } from "../../app/storage/contract.ts";
import { atEnd } from "./at-end.ts";
import { findOrBuild, orGo } from "./go-program.ts";
import type { GoProgram } from "./go-program.ts";
import type { Service } from "./services.ts";

const seaweedfs: GoProgram = {
  name: "S3 server SeaweedFS",
  directory: join(import.meta.dirname, "seaweedfs"),
  module: "github.com/seaweedfs/seaweedfs",
  package: "weed",
  cachedAs: "seaweedfs",
};

/** The credentials of our own server; nothing but the tests ever knows it. */
const credentials = { accessKeyId: "canary-s3-key", secretAccessKey: "canary-s3-secret" };

/** An empty private bucket at each call: at `TEST_S3_ENDPOINT`, or at a server started for the file. */
export const s3: Service<() => Promise<TestBucket>> = {
  name: "S3 server",
  needs: `Set TEST_S3_ENDPOINT, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to one, ${orGo}`,
  async find() {
    const place = given() ?? (await own());
    return place && (async () => createBucket(await place()));
  },
};

/** A server for suites that end it, and let it come again. */
export interface S3Server {
  createBucket(): Promise<TestBucket>;
  /** As by `kill -9`. */
  kill(): Promise<void>;
  /** Again, at the same address and with what it had; waits until it answers. */
  start(): Promise<void>;
}

/** An empty server at each call; it ends with the file. */
export const s3Servers: Service<() => Promise<S3Server>> = {
  name: seaweedfs.name,
  needs: `To start one, ${orGo}`,
  async find() {
    const program = await findOrBuild(seaweedfs);
    if (program === undefined) return undefined;
    return async () => {
      const { endpoint, kill, start } = await startSeaweedfs(program);
      const createOwn = () => createBucket({ ...settings, endpoint, credentials });
      return {
        createBucket: createOwn,
        kill,
        async start() {
          start();
          await createOwn();
        },
      };
    };
  },
};

interface Place {
  readonly endpoint: string;
  readonly region: string;
  readonly forcePathStyle: boolean;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export type TestBucket = Bucket & Place;

const settings = { region: "us-east-1", forcePathStyle: true };

function given(): (() => Promise<Place>) | undefined {
  const endpoint = process.env["TEST_S3_ENDPOINT"];
  if (endpoint === undefined) return undefined;
  const { AWS_ACCESS_KEY_ID: accessKeyId = "", AWS_SECRET_ACCESS_KEY: secretAccessKey = "" } = process.env;
  return () => Promise.resolve({ ...settings, endpoint, credentials: { accessKeyId, secretAccessKey } });
}

async function own(): Promise<(() => Promise<Place>) | undefined> {
  const program = await findOrBuild(seaweedfs);
  if (program === undefined) return undefined;
  let started: ReturnType<typeof startSeaweedfs> | undefined;
  return async () => {
    const { endpoint } = await (started ??= startSeaweedfs(program));
    return { ...settings, endpoint, credentials };
  };
}

async function createBucket(place: Place): Promise<TestBucket> {
  const name = `test-${crypto.randomUUID()}`;
  const client = new S3Client(place);
  // It takes a moment after it has begun to listen until it can.
  await vi.waitFor(() => client.send(new CreateBucketCommand({ Bucket: name })), {
    timeout: 60_000,
    interval: 200,
  });
  client.destroy();
  return { ...place, name };
}

/** Of its nine ports somebody may take one before it does: it ends then, and is started again. */
async function startSeaweedfs(program: string, attempts = 3): ReturnType<typeof launchSeaweedfs> {
  const launched = await launchSeaweedfs(program);
  const { endpoint, ended } = launched;
  const isUp = vi
    .waitUntil(
      () =>
        fetch(endpoint).then(
          () => true,
          () => false,
        ),
      { timeout: 60_000, interval: 100 },
    )
    .then(() => true);
  if (await Promise.race([isUp, ended.then(() => false)])) return launched;
  isUp.catch(() => undefined);
  if (attempts === 1) throw new Error("SeaweedFS ends as soon as it is started.");
  return startSeaweedfs(program, attempts - 1);
}

async function launchSeaweedfs(program: string) {
  const directory = await mkdtemp(join(tmpdir(), "testfarm-s3-"));
  const config = join(directory, "s3.json");
  const { accessKeyId: accessKey, secretAccessKey: secretKey } = credentials;
  const identity = { name: "tests", credentials: [{ accessKey, secretKey }], actions: ["Admin"] };
  await writeFile(config, JSON.stringify({ identities: [identity] }), { mode: 0o600 });
  const ports: string[] = [];
  for (const part of ["master", "volume", "filer", "s3"])
    ports.push(`-${part}.port=${await freePort()}`, `-${part}.port.grpc=${await freePort()}`);
  const port = await freePort();
  const args = [
    "server",
    "-filer",
    "-s3",
    "-ip=127.0.0.1",
    "-ip.bind=127.0.0.1",
    `-dir=${directory}`,
    ...ports,
    `-s3.port=${port}`,
    "-s3.port.iceberg=0",
    "-s3.port.lance=0",
    `-s3.config=${config}`,
    // It would tell its maker about itself.
    "-master.telemetry=false",
    // Every bucket gets volumes of its own; small ones, so that there is room for many.
    "-volume.max=200",
    "-master.volumeSizeLimitMB=32",
  ];
  const launch = () => spawn(program, args, { stdio: "ignore", cwd: directory });
  let child = launch();
  const ended = once(child, "exit");
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  };
  atEnd(async () => {
    await kill();
    await rm(directory, { recursive: true });
  });
  const start = () => {
    child = launch();
  };
  return { endpoint: `http://127.0.0.1:${port}`, ended, kill, start };
}
