/**
 * Stands in for `kubectl` and the cluster behind it: knows the commands and flags of infra/access/kubernetes/ and refuses all
 * others, keeps objects as files of `KUBECTL_PLACE`, and runs a job's container as a process once its Secret is there.
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";

export interface Scenario {
  readonly contexts?: readonly string[];
  /** What keeps every pod from starting: the messages of its events. */
  readonly pending?: readonly string[];
  /** What a verb ends with, besides its work. */
  readonly refuse?: Readonly<Record<string, string>>;
  /** The first log ends after its first line. */
  readonly breaksLog?: boolean;
  /** Every container ends at once, with these words. */
  readonly endsAtOnce?: string;
}

interface Job {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly [
          { readonly image: string; readonly command?: string[]; readonly args: string[] },
        ];
      };
    };
  };
}

interface Secret {
  readonly metadata: { readonly name: string; readonly ownerReferences: readonly [{ readonly uid: string }] };
  readonly stringData: Readonly<Record<string, string>>;
}

const place = process.env["KUBECTL_PLACE"] ?? "";
const at = (...names: string[]) => join(place, ...names);
const read = (path: string) => (existsSync(path) ? readFileSync(path, "utf8") : undefined);
const scenario = JSON.parse(read(at("scenario.json")) ?? "{}") as Scenario;

function fail(reason: string): never {
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}

/** Flags before the verb, with a value each. */
function globals(args: string[]): string[] {
  const rest = [...args];
  const seen: Record<string, string> = {};
  while (["--kubeconfig", "--context", "--namespace"].includes(rest[0] ?? ""))
    seen[rest.shift()!] = rest.shift() ?? "";
  if (rest[0] === "--request-timeout=30s") rest.shift();
  if (seen["--namespace"] !== "testfarm") fail("error: no namespace was given");
  const file = seen["--kubeconfig"];
  if (file !== undefined) writeFileSync(at("kubeconfig"), readFileSync(file, "utf8"));
  const context = seen["--context"];
  if (context !== undefined && scenario.contexts?.includes(context) !== true)
    fail(`error: context "${context}" does not exist`);
  return rest;
}

const jobIn = (name: string) => JSON.parse(read(at(`job-${name}.json`)) ?? "null") as Job | null;

async function create(args: string[]): Promise<void> {
  if (!["-f -", "-f - -o json"].includes(args.join(" "))) fail(`error: unknown arguments ${args.join(" ")}`);
  const object = JSON.parse(await text(process.stdin)) as { kind: string } & (Job | Secret);
  appendFileSync(at("inputs.jsonl"), `${JSON.stringify(object)}\n`);
  const refused = scenario.refuse?.[`create ${object.kind}`];
  if (refused !== undefined) fail(refused);
  if (object.kind === "Job") {
    const made = { ...object, metadata: { ...object.metadata, uid: randomUUID() } };
    writeFileSync(at(`job-${made.metadata.name}.json`), JSON.stringify(made));
    process.stdout.write(JSON.stringify(made));
    return;
  }
  const secret = object as Secret;
  const job = jobIn(secret.metadata.name);
  if (job?.metadata.uid !== secret.metadata.ownerReferences[0].uid)
    fail("error: the Secret has no owner that there is");
  mkdirSync(at("secrets", secret.metadata.name), { recursive: true });
  for (const [name, value] of Object.entries(secret.stringData))
    writeFileSync(at("secrets", secret.metadata.name, name), value);
  if (scenario.pending === undefined) await startPod(job!);
}

/** Its process writes a log, and leaves its exit code. */
async function startPod({ metadata: { name }, spec }: Job): Promise<void> {
  const [{ image, command, args }] = spec.template.spec.containers;
  const free = createServer().listen(0, "127.0.0.1");
  await once(free, "listening");
  const { port } = free.address() as AddressInfo;
  free.close();
  writeFileSync(at(`${name}.port`), String(port));
  const ends = scenario.endsAtOnce;
  const program = ends === undefined ? [...(command ?? [image]), ...args] : ["echo", ends];
  const own = program.map((each) => each.replace('"listen":3001', `"listen":${port}`));
  const shell = `"$@" >"$LOG" 2>&1 & echo $! >"$LOG.pid"; wait $!; echo $? >"$LOG.exit"`;
  const env = { PATH: process.env["PATH"], LOG: at(`${name}.log`), SECRETS_DIR: at("secrets", name) };
  spawn("sh", ["-c", shell, "sh", ...own], { detached: true, stdio: "ignore", env }).unref();
}

const exitCode = (name: string) => read(at(`${name}.log.exit`))?.trim();

async function podOf(name: string): Promise<object> {
  const code = exitCode(name);
  const phase =
    code !== undefined && code !== ""
      ? code === "0"
        ? "Succeeded"
        : "Failed"
      : scenario.pending === undefined
        ? "Running"
        : "Pending";
  const isReady = phase === "Running" && (await listens(Number(read(at(`${name}.port`)))));
  return {
    metadata: { name: `${name}-pod` },
    status: {
      phase,
      conditions: [{ type: "Ready", status: isReady ? "True" : "False" }],
      ...(code && { containerStatuses: [{ state: { terminated: { exitCode: Number(code) } } }] }),
    },
  };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => (socket.destroy(), resolve(true))).once("error", () => resolve(false));
  });
}

const jobOfPod = (pod = "") => pod.replace(/^pod\//, "").replace(/-pod$/, "");

async function get(args: string[]): Promise<void> {
  const [what = "", ...rest] = args;
  const said = rest.join(" ");
  const selected = /^-l batch\.kubernetes\.io\/job-name=(\S+) -o json$/.exec(said)?.[1];
  if (what === "pods" && selected !== undefined) {
    const items = jobIn(selected) === null ? [] : [await podOf(selected)];
    process.stdout.write(JSON.stringify({ items }));
    return;
  }
  if (what === "pod" && /^\S+ -o json$/.test(said)) {
    const name = jobOfPod(rest[0]);
    if (jobIn(name) === null) fail(`Error from server (NotFound): pods "${rest[0]}" not found`);
    process.stdout.write(JSON.stringify(await podOf(name)));
    return;
  }
  const events = /^--field-selector involvedObject\.name=operator-\S+-pod --sort-by \.lastTimestamp -o json$/;
  if (what !== "events" || !events.test(said)) fail(`error: unknown arguments ${args.join(" ")}`);
  const warnings = (scenario.pending ?? []).map((message) => ({
    type: "Warning",
    reason: "FailedScheduling",
    message,
  }));
  const items = [
    ...warnings,
    { type: "Normal", reason: "NotTriggerScaleUp", message: "pod didn't trigger scale-up" },
  ];
  process.stdout.write(JSON.stringify({ items }));
}

/** All lines of one second: whoever asks for those since then gets the ones that they have again. */
const stamped = (line: string, index: number) =>
  `2026-11-26T12:00:00.${String(index + 1)
    .padStart(9, "0")
    .replace(/0+$/, "")}Z ${line}\n`;

async function logs(args: string[]): Promise<void> {
  const name = jobOfPod(args.at(-1));
  const flags = args.slice(0, -1);
  const known = /^--(?:follow|timestamps|since-time=2026-11-26T12:00:00\.\d+Z)$/;
  if (flags.some((flag) => !known.test(flag))) fail(`error: unknown flags ${flags.join(" ")}`);
  const isFirst = !existsSync(at(`${name}.read`));
  writeFileSync(at(`${name}.read`), "");
  for (let from = 0; ;) {
    const isOver = (exitCode(name) ?? "") !== "";
    const lines = (read(at(`${name}.log`)) ?? "").split("\n").slice(0, -1);
    const breaks = scenario.breaksLog === true && isFirst && lines.length > 0;
    const end = breaks ? 1 : lines.length;
    const stamps = flags.includes("--timestamps");
    for (; from < end; from++)
      process.stdout.write(stamps ? stamped(lines[from]!, from) : `${lines[from]}\n`);
    if (isOver || breaks || !flags.includes("--follow")) return;
    await setTimeout(50);
  }
}

/** As if it were in the container: with its environment, and the image's program in place of what starts it. */
async function execInteractively([pod, ...command]: string[]): Promise<void> {
  const job = jobOfPod(pod);
  const { image } = jobIn(job)!.spec.template.spec.containers[0];
  const [, role = ""] = /^-- node dist\/app\/main\.js (.*)$/.exec(command.join(" ")) ?? [];
  if (role === "") fail(`error: unknown command ${command.join(" ")}`);
  const env = { PATH: process.env["PATH"], SECRETS_DIR: at("secrets", job) };
  const child = spawn(image, role.split(" "), { stdio: "inherit", env });
  // The stream that it reads ends with the connection.
  process.once("SIGTERM", () => child.kill());
  const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  if (signal === null) process.exit(code!);
  process.removeAllListeners("SIGTERM");
  process.kill(process.pid, signal);
}

function exec(args: string[]): void | Promise<void> {
  if (args[0] === "--stdin") return execInteractively(args.slice(1));
  const [pod, ...command] = args;
  if (command.join(" ") !== "-- node -e process.kill(1, 'SIGTERM')")
    fail(`error: unknown command ${command.join(" ")}`);
  process.kill(Number(read(at(`${jobOfPod(pod)}.log.pid`))), "SIGTERM");
}

function forward(args: string[]): void {
  const [, name] = /^--address 127\.0\.0\.1 pod\/(\S+) :3001$/.exec(args.join(" ")) ?? [];
  if (name === undefined) fail(`error: unknown arguments ${args.join(" ")}`);
  const port = Number(read(at(`${jobOfPod(name)}.port`)));
  const server = createServer((socket) => {
    const other = connect(port, "127.0.0.1");
    socket.on("error", () => other.destroy());
    other.on("error", () => socket.destroy());
    socket.pipe(other).pipe(socket);
  }).listen(0, "127.0.0.1", () =>
    process.stdout.write(`Forwarding from 127.0.0.1:${(server.address() as AddressInfo).port} -> 3001\n`),
  );
}

async function remove(args: string[]): Promise<void> {
  const [, name] =
    /^job\/(\S+) secret\/\1 --ignore-not-found --cascade=foreground --timeout=60s$/.exec(args.join(" ")) ??
    [];
  if (name === undefined) fail(`error: unknown arguments ${args.join(" ")}`);
  const pid = Number(read(at(`${name}.log.pid`)));
  if (pid > 0 && (exitCode(name) ?? "") === "") {
    process.kill(pid, "SIGTERM");
    for (let tries = 0; tries < 100 && (exitCode(name) ?? "") === ""; tries++) await setTimeout(50);
  }
  rmSync(at(`job-${name}.json`), { force: true });
  rmSync(at("secrets", name), { recursive: true, force: true });
}

const verbs: Readonly<Record<string, (args: string[]) => void | Promise<void>>> = {
  create,
  get,
  logs,
  exec,
  "port-forward": forward,
  delete: remove,
};

const all = process.argv.slice(2);
appendFileSync(at("calls.jsonl"), `${JSON.stringify(all)}\n`);
const [verb = "", ...args] = globals(all);
const refused = scenario.refuse?.[verb];
if (refused !== undefined) fail(refused);
await (verbs[verb] ?? (() => fail(`error: unknown command "${verb}"`)))(args);
