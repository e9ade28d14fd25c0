import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import ts from "typescript";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { kubernetesAccess } from "../../../infra/access/kubernetes.ts";
import type { KubernetesAccess } from "../../../infra/contracts/kubernetes.ts";
import type { Scenario } from "./stand-in-kubectl.ts";

/** The image's program: it does what its second argument says, as roles do. */
const program = `#!/bin/sh
echo "runs $*"
case "$2" in
  environment) for file in "$SECRETS_DIR"/*; do echo "$(basename "$file")=$(cat "$file")"; done ;;
  read) cat; echo "has read it" >&2; exit 3 ;;
  fail) echo "no such backup" >&2; exit 7 ;;
  lines) sleep 0.5; echo "more"; sleep 0.5; echo "last" ;;
  wait) trap 'echo "cleans up"; exit 0' TERM; echo "waits"; while :; do sleep 0.1; done ;;
esac
`;

/** Without its types, so that it starts at once: it is called many times. */
const kubectl = ts.transpileModule(readFileSync(join(import.meta.dirname, "stand-in-kubectl.ts"), "utf8"), {
  compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
}).outputText;

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "testfarm-kubectl-"));
  writeFileSync(join(place, "kubectl.mjs"), kubectl);
  const command = `exec "${process.execPath}" "${join(place, "kubectl.mjs")}" "$@"`;
  writeFileSync(join(place, "kubectl"), `#!/bin/sh\n${command}\n`, { mode: 0o755 });
  writeFileSync(join(place, "image"), program, { mode: 0o755 });
  vi.stubEnv("KUBECTL_PLACE", place);
  vi.stubEnv("PATH", `${place}${delimiter}${process.env["PATH"] ?? ""}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(place, { recursive: true, force: true });
});

const scenario = (is: Scenario) => writeFileSync(join(place, "scenario.json"), JSON.stringify(is));
const open = (change: Partial<KubernetesAccess> = {}, patience?: number) =>
  kubernetesAccess(
    {
      kind: "kubernetes",
      kubeconfig: "",
      context: "",
      namespace: "testfarm",
      image: join(place, "image"),
      ...change,
    },
    patience,
  );

async function run(
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
  {
    onLine,
    signal,
    patience,
  }: { onLine?: (line: string) => void; signal?: AbortSignal; patience?: number } = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  stdout.on("data", (chunk) => onLine?.(String(chunk)));
  const printed = Promise.all([text(stdout), text(stderr)]);
  const access = await open({}, patience);
  const code = await access
    .run({ role: "smoke", args, variables, output: { stdout, stderr } }, signal)
    .finally(() => (stdout.end(), stderr.end()));
  const [out, err] = await printed;
  return { code, stdout: out, stderr: err };
}

/** The same with something to read. */
async function give(args: readonly string[], input: Readable, signal?: AbortSignal) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const printed = Promise.all([buffer(stdout), text(stderr)]);
  const access = await open();
  const code = await access
    .run({ role: "smoke", args, variables: {}, input, output: { stdout, stderr } }, signal)
    .finally(() => (stdout.end(), stderr.end()));
  return [code, ...(await printed)] as const;
}

const jsonLines = (name: string): unknown[] =>
  readFileSync(join(place, name), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
const inputs = () => jsonLines("inputs.jsonl") as Record<string, Record<string, unknown>>[];
const calls = () => jsonLines("calls.jsonl") as string[][];
/** Objects that are still there. */
const left = () => [
  ...readdirSync(place).filter((name) => name.startsWith("job-")),
  ...(existsSync(join(place, "secrets")) ? readdirSync(join(place, "secrets")) : []),
];

describe("a role in a cluster", () => {
  test("runs once with the variables that it is given, as files, and is gone afterwards", async () => {
    const { code, stdout } = await run(["environment"], { AUTH_SECRET: "a=b c'd", EMPTY: "" });
    expect([code, stdout]).toEqual([0, "runs smoke environment\nAUTH_SECRET=a=b c'd\n"]);
    expect(left()).toEqual([]);
  });

  test("gives no variable to a command line, a name or anything but its Secret, which goes with its job", async () => {
    await run(["environment"], { AUTH_SECRET: "canary-secret" });
    const [job, secret] = inputs();
    expect(JSON.stringify(calls())).not.toContain("canary");
    expect(JSON.stringify(job)).not.toContain("canary");
    expect(secret).toMatchObject({
      kind: "Secret",
      immutable: true,
      stringData: { AUTH_SECRET: "canary-secret" },
      metadata: { ownerReferences: [{ kind: "Job", name: job!["metadata"]!["name"] }] },
    });
  });

  test("is a pod that may do nothing, ends by itself, and is let through where workers are", async () => {
    await run(["environment"]);
    const labels = {
      "app.kubernetes.io/name": "testfarm",
      "app.kubernetes.io/part-of": "testfarm",
      "app.kubernetes.io/component": "operator",
      "app.kubernetes.io/managed-by": "testfarm",
      "app.kubernetes.io/instance": "smoke",
    };
    const [job] = inputs();
    const name = job!["metadata"]!["name"];
    expect(name).toMatch(/^operator-smoke-[\da-f]{8}$/);
    expect(job).toEqual({
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name, labels },
      spec: {
        backoffLimit: 0,
        activeDeadlineSeconds: 86_400,
        ttlSecondsAfterFinished: 600,
        template: {
          metadata: { labels },
          spec: {
            restartPolicy: "Never",
            serviceAccountName: "worker",
            imagePullSecrets: [{ name: "registry" }],
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            terminationGracePeriodSeconds: 40,
            securityContext: {
              runAsNonRoot: true,
              runAsUser: 10_001,
              runAsGroup: 10_001,
              fsGroup: 10_001,
              seccompProfile: { type: "RuntimeDefault" },
            },
            containers: [
              {
                name: "smoke",
                image: join(place, "image"),
                args: ["smoke", "environment"],
                env: [{ name: "SECRETS_DIR", value: "/run/secrets/testfarm" }],
                resources: {
                  requests: { cpu: "100m", memory: "512Mi" },
                  limits: { cpu: "1", memory: "512Mi" },
                },
                securityContext: {
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  capabilities: { drop: ["ALL"] },
                },
                volumeMounts: [
                  { name: "variables", mountPath: "/run/secrets/testfarm", readOnly: true },
                  { name: "tmp", mountPath: "/tmp" },
                ],
              },
            ],
            volumes: [
              { name: "variables", secret: { secretName: name, defaultMode: 0o440 } },
              { name: "tmp", emptyDir: { sizeLimit: "512Mi" } },
            ],
          },
        },
      },
    });
  });

  test("its exit code is told, with what it says on either stream", async () => {
    expect(await run(["fail"])).toEqual({
      code: 7,
      stdout: "runs smoke fail\nno such backup\n",
      stderr: "",
    });
    expect(left()).toEqual([]);
  });

  describe("that is given something to read", () => {
    test("gets every byte of it to its end, and gives its own back as they are, by no log", async () => {
      const sent = randomBytes(3_000_000);
      const [code, out, err] = await give(["read"], Readable.from([sent]));
      expect([code, err]).toEqual([3, "has read it\n"]);
      expect(out.equals(Buffer.concat([Buffer.from("runs smoke read\n"), sent]))).toBe(true);
      expect(calls().some((call) => call.includes("logs"))).toBe(false);
      expect(left()).toEqual([]);
    });

    test("ends, and is gone, when nobody wants it any more", async () => {
      const stop = new AbortController();
      const input = new PassThrough();
      const given = give(["read"], input, stop.signal);
      await vi.waitUntil(
        () => existsSync(join(place, "calls.jsonl")) && calls().some((call) => call.includes("exec")),
      );
      stop.abort();
      expect((await given)[0]).toBe(143);
      expect(left()).toEqual([]);
    });

    test("one whose pod has ended says what that has said", async () => {
      scenario({ endsAtOnce: "its node has no room" });
      await expect(give(["read"], new PassThrough())).rejects.toThrow(
        /-pod has ended: its node has no room$/,
      );
      expect(left()).toEqual([]);
    });
  });

  test("is told to end, cleans up, and is gone, when nobody wants it any more", async () => {
    const stop = new AbortController();
    const onLine = (line: string) => (line.includes("waits") ? stop.abort() : undefined);
    const { code, stdout } = await run(["wait"], {}, { onLine, signal: stop.signal });
    expect([code, stdout]).toEqual([0, "runs smoke wait\nwaits\ncleans up\n"]);
    expect(left()).toEqual([]);
  });

  test("is read to its end also when the connection to its log breaks", async () => {
    scenario({ breaksLog: true });
    expect((await run(["lines"])).stdout).toBe("runs smoke lines\nmore\nlast\n");
  });

  test("one that does not start says what Kubernetes warns of, and is gone", async () => {
    scenario({
      pending: ["long ago", "no", "nor that", "no nodes", "0/3 nodes are available: 3 Insufficient memory."],
    });
    await expect(run(["environment"], {}, { patience: 1_000 })).rejects.toThrow(
      /^operator-smoke-\w{8}-pod has not started in 1 s\. FailedScheduling: no\. FailedScheduling: nor that\. FailedScheduling: no nodes\. FailedScheduling: 0\/3 nodes are available: 3 Insufficient memory\.$/,
    );
    expect(left()).toEqual([]);
  });

  test("one that nobody wants before it has started is gone", async () => {
    scenario({ pending: [] });
    const stop = new AbortController();
    const ran = run(["environment"], {}, { signal: stop.signal });
    await vi.waitUntil(() => existsSync(join(place, "calls.jsonl")) && left().length > 1, 20_000);
    stop.abort();
    expect((await ran).code).toBe(143);
    expect(left()).toEqual([]);
  });

  test("one whose Secret is refused is gone", async () => {
    scenario({ refuse: { "create Secret": "Error from server (Forbidden): secrets is forbidden" } });
    await expect(run(["environment"])).rejects.toThrow(
      "kubectl create fails: Error from server (Forbidden): secrets is forbidden. The account that you are signed in with needs that right in the cluster.",
    );
    expect(left()).toEqual([]);
  });
});

describe("the operator's kubectl", () => {
  test("one that is not there is asked for", async () => {
    vi.stubEnv("PATH", join(place, "nowhere"));
    await expect(run(["environment"])).rejects.toThrow(
      "There is no kubectl on the PATH. Install it: https://kubernetes.io/docs/tasks/tools/.",
    );
  });

  test("a context that it does not know is named, with what to do", async () => {
    scenario({ contexts: ["lab"] });
    const output = { stdout: process.stdout, stderr: process.stderr };
    const access = await open({ context: "mine" });
    await expect(access.run({ role: "smoke", args: [], variables: {}, output })).rejects.toThrow(
      'kubectl create fails: context "mine" does not exist. Set testfarm:context to one of those that kubectl config get-contexts shows.',
    );
  });

  test.each([
    ['Error from server (NotFound): namespaces "testfarm" not found', "Start the stack: pulumi up."],
    ["Unable to connect to the server: dial tcp 203.0.113.1:443: i/o timeout", "testfarm:adminCidrs"],
    ["error: You must be logged in to the server (Unauthorized)", "Sign in to the cloud again."],
  ])("what it complains of is told with a remedy: %s", async (complaint, remedy) => {
    scenario({ refuse: { create: complaint } });
    await expect(run(["environment"])).rejects.toThrow(remedy);
  });

  test("it is given the cluster's own kubeconfig where the stack has one", async () => {
    scenario({ pending: [] });
    const output = { stdout: process.stdout, stderr: process.stderr };
    const access = await open({ kubeconfig: '{"kind":"Config"}' }, 0);
    await expect(access.run({ role: "smoke", args: [], variables: {}, output })).rejects.toThrow(
      "has not started",
    );
    expect(readFileSync(join(place, "kubeconfig"), "utf8")).toBe('{"kind":"Config"}');
    const [first] = calls();
    expect(first?.[0]).toBe("--kubeconfig");
    expect(existsSync(first![1]!)).toBe(true);
  });
});

test("backups are the cloud's or CloudNativePG's, and browsers know the page's authority", async () => {
  const access = await open();
  await expect(access.scratch()).rejects.toThrow("docs/aks.md");
  const scratch = { name: "", directory: "", remove: async () => undefined };
  const output = { stdout: process.stdout, stderr: process.stderr };
  await expect(access.recover(scratch, output)).rejects.toThrow("docs/aks.md");
  const restore = { role: "restore", args: [], variables: {}, output, scratch };
  await expect(access.run(restore)).rejects.toThrow("docs/aks.md");
  expect(await access.authority()).toBeUndefined();
});

describe("a forward", () => {
  let service: Server;
  let port: number;
  beforeEach(async () => {
    service = createServer((socket) => socket.on("data", (data) => socket.end(`heard ${String(data)}`)));
    await once(service.listen(0, "127.0.0.1"), "listening");
    ({ port } = service.address() as AddressInfo);
  });
  afterEach(() => void service.close());

  test("leads from this machine to a private service, for more than one connection, until it is closed", async () => {
    const access = await open();
    const { url, close } = await access.forward(`redis://default:p%40ss@127.0.0.1:${port}`);
    const local = new URL(url);
    expect([local.protocol, local.hostname, local.password]).toEqual(["redis:", "127.0.0.1", "p%40ss"]);
    expect(Number(local.port)).not.toBe(port);
    const ask = async (word: string) => {
      const socket = connect(Number(local.port), local.hostname);
      const answer = text(socket);
      socket.write(word);
      return answer;
    };
    expect(await Promise.all([ask("one"), ask("two")])).toEqual(["heard one", "heard two"]);
    await close();
    expect(left()).toEqual([]);
    const [error] = (await once(connect(Number(local.port), local.hostname), "error")) as [
      NodeJS.ErrnoException,
    ];
    expect(error.code).toBe("ECONNREFUSED");
    expect(JSON.stringify([calls(), inputs()])).not.toContain("p%40ss");
  });

  test("to what the cluster does not reach is refused by name, and nothing is left", async () => {
    service.close();
    const access = await open();
    await expect(access.forward(`postgres://app:secret@127.0.0.1:${port}/testfarm`)).rejects.toThrow(
      `127.0.0.1:${port} is not reached from the cluster: ECONNREFUSED.`,
    );
    expect(left()).toEqual([]);
  });
});
