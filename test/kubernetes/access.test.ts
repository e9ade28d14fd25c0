import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { beforeAll, expect, test, vi } from "vitest";
import { kubernetesAccess } from "../../infra/access/kubernetes.ts";
import type { Access } from "../../infra/contracts/access.ts";
import { atEnd } from "../support/at-end.ts";
import { docker } from "../support/docker/engine.ts";
import { busyboxImage, type Cluster, clusters, findPrograms } from "../support/kubernetes/index.ts";
import { describeWith } from "../support/services.ts";

const image = "testfarm-operator:1";

/** In place of the application: what is asked of it is in the argument after the role. */
const program = `#!/bin/sh
echo "runs $*"
case "$2" in
  place) for file in $(ls "$SECRETS_DIR"); do echo "$file=$(cat "$SECRETS_DIR/$file")"; done
    id -u; touch /tmp/here && echo "may write there"; touch /here 2>&1; ls /var/run/secrets 2>&1; exit 0 ;;
  fail) echo "no such backup" >&2; exit 7 ;;
  wait) trap 'echo "cleans up"; exit 0' TERM; echo "waits"; while :; do sleep 0.1; done ;;
esac
`;

/** In place of the application where it is given something to read: gives it back. */
const reader = `
process.stdout.write("runs " + process.argv.slice(2).join(" ") + "\\n");
process.stdin.pipe(process.stdout);
process.stdin.on("end", () => (console.error(process.env.SECRETS_DIR), (process.exitCode = 3)));
`;

/** This machine's Node with its libraries, and a shell. */
async function buildImage(): Promise<void> {
  const context = mkdtempSync(join(tmpdir(), "testfarm-operator-"));
  const libraries = execFileSync("ldd", [process.execPath], { encoding: "utf8" }).match(/\/\S+/g) ?? [];
  for (const library of libraries) {
    mkdirSync(join(context, "root", dirname(library)), { recursive: true });
    cpSync(library, join(context, "root", library), { dereference: true });
  }
  mkdirSync(join(context, "root/bin"), { recursive: true });
  cpSync(process.execPath, join(context, "root/bin/node"));
  writeFileSync(join(context, "root/bin/role"), program, { mode: 0o755 });
  mkdirSync(join(context, "root/dist/app"), { recursive: true });
  writeFileSync(join(context, "root/dist/app/main.js"), reader);
  const lines = [`FROM ${busyboxImage}`, "COPY root /", 'ENTRYPOINT ["/bin/role"]'];
  writeFileSync(join(context, "Dockerfile"), lines.join("\n"));
  try {
    await (await docker.find())!("build", "--tag", image, context);
  } finally {
    rmSync(context, { recursive: true });
  }
}

await describeWith(clusters, "what an operator runs in a cluster", (startCluster) => {
  let cluster: Cluster;
  let access: Access;
  beforeAll(async () => {
    cluster = await startCluster({ nodes: 1 });
    await buildImage();
    await cluster.loadImage(image);
    const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
    await cluster.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "testfarm", labels } });
    const metadata = { name: "worker", namespace: "testfarm" };
    await cluster.apply({ apiVersion: "v1", kind: "ServiceAccount", metadata });
    const { kubectl } = (await findPrograms(["kubectl"]))!;
    vi.stubEnv("PATH", `${dirname(kubectl)}${delimiter}${process.env["PATH"] ?? ""}`);
    access = await open(image);
  }, 600_000);

  const open = (of: string, patience?: number) =>
    kubernetesAccess(
      {
        kind: "kubernetes",
        kubeconfig: readFileSync(cluster.kubeconfig, "utf8"),
        context: "",
        namespace: "testfarm",
        image: of,
      },
      patience,
    );

  async function run(
    args: readonly string[],
    variables: Readonly<Record<string, string>> = {},
    onLine?: (line: string) => void,
    signal?: AbortSignal,
  ): Promise<{ code: number; stdout: string }> {
    const stdout = new PassThrough();
    stdout.on("data", (chunk) => onLine?.(String(chunk)));
    const printed = text(stdout);
    const output = { stdout, stderr: process.stderr };
    const code = await access.run({ role: "smoke", args, variables, output }, signal);
    stdout.end();
    return { code, stdout: await printed };
  }

  /** Objects that are still there. */
  const left = () =>
    cluster.kubectl("get", "jobs,pods,secrets", "--namespace", "testfarm", "--output", "name");

  test("is admitted as restricted, reads its variables from files, and writes nowhere else", async () => {
    const { code, stdout } = await run(["place"], { AUTH_SECRET: "a=b c'd", EMPTY: "" });
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^runs smoke place\nAUTH_SECRET=a=b c'd\n10001\nmay write there\ntouch: \/here: Read-only file system\n/,
    );
    // No token of the cluster's is there.
    expect(stdout).not.toContain("kubernetes.io");
    expect(await left()).toBe("");
  });

  test("its exit code is told, with what it says on either stream, and nothing of it is left", async () => {
    const { code, stdout } = await run(["fail"]);
    // Nobody promises an order between the two.
    expect([code, stdout.split("\n").toSorted()]).toEqual([7, ["", "no such backup", "runs smoke fail"]]);
    expect(await left()).toBe("");
  });

  test("is given what it reads, byte by byte and to its end, and what it prints comes back as it is", async () => {
    const sent = randomBytes(3_000_000);
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const printed = Promise.all([buffer(stdout), text(stderr)]);
    const input = Readable.from([sent]);
    const role = { role: "objects", args: ["read"], variables: { LOG_LEVEL: "info" }, input };
    const code = await access.run({ ...role, output: { stdout, stderr } });
    stdout.end();
    stderr.end();
    const [out, err] = await printed;
    expect([code, err.split("\n")[0]]).toEqual([3, "/run/secrets/testfarm"]);
    expect(out.equals(Buffer.concat([Buffer.from("runs objects read\n"), sent]))).toBe(true);
    expect(await left()).toBe("");
  });

  test("ends in order when nobody wants it any more", async () => {
    const stop = new AbortController();
    const onLine = (line: string) => (line.includes("waits") ? stop.abort() : undefined);
    const { code, stdout } = await run(["wait"], {}, onLine, stop.signal);
    expect([code, stdout]).toEqual([0, "runs smoke wait\nwaits\ncleans up\n"]);
    expect(await left()).toBe("");
  });

  test("is told of when its image cannot be had, by what Kubernetes warns of", async () => {
    // Nobody listens there: what asks a registry elsewhere may wait for long.
    const other = await open("127.0.0.1:1/testfarm-nothing:1", 20_000);
    const output = { stdout: process.stdout, stderr: process.stderr };
    await expect(other.run({ role: "smoke", args: [], variables: {}, output })).rejects.toThrow(
      /^operator-smoke-\w{8}-\w{5} has not started in 20 s\. .*Failed to pull image "127\.0\.0\.1:1\/testfarm-nothing:1"/s,
    );
    expect(await left()).toBe("");
  });

  test("reaches a service by a forward, for more than one connection, until it is closed", async () => {
    const service = createServer((socket) =>
      socket.on("data", (data) => socket.end(`heard ${String(data)}`)),
    );
    atEnd(() => service.close());
    await once(service.listen(0, "127.0.0.1"), "listening");
    const { port } = service.address() as AddressInfo;
    const { url, close } = await access.forward(`redis://default:secret@${cluster.host}:${port}`);
    const local = new URL(url);
    const ask = async (word: string) => {
      const socket = connect(Number(local.port), local.hostname);
      const answer = text(socket);
      socket.write(word);
      return answer;
    };
    expect(await Promise.all([ask("one"), ask("two")])).toEqual(["heard one", "heard two"]);
    await close();
    expect(await left()).toBe("");
    const nowhere = access.forward(`postgres://app@${cluster.host}:1/testfarm`);
    await expect(nowhere).rejects.toThrow(`${cluster.host}:1 is not reached from the cluster: ECONNREFUSED.`);
    expect(await left()).toBe("");
  });
});
