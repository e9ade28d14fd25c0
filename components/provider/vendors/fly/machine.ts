/** A machine, and how a release comes into service in its region. */
import { z } from "zod";
import { get, kind, type Progress, type Request, search, type Step } from "../../vendor/kind.ts";
import { checksIn, configOf, type MachineConfig, runOf, runsOnce } from "./machine-config.ts";
import { type Inputs, inputs } from "./machine-inputs.ts";

interface Exit {
  readonly exit_code?: number;
  readonly requested_stop?: boolean;
  readonly restarting?: boolean;
}
interface Machine {
  readonly id: string;
  readonly name: string;
  readonly region: Inputs["region"];
  readonly state: string;
  /** Of its version, which each update makes anew. */
  readonly instance_id: string;
  readonly private_ip: string;
  readonly config: MachineConfig;
  readonly checks?: readonly { readonly name: string; readonly status: string; readonly output?: string }[];
  /** Newest first. */
  readonly events?: readonly { readonly type: string; readonly request?: { readonly exit_event?: Exit } }[];
}
/** Its page has the nonce inside `data`, its OpenAPI document outside. */
interface Lease {
  readonly nonce?: string;
  readonly data?: { readonly nonce: string };
}

/** Fly.io goes on telling of a machine that is no more. */
export const isGoneMachine = (body: unknown): boolean => {
  const { state, instance_id } = (body ?? {}) as Partial<Machine>;
  return instance_id !== undefined && (state === "destroyed" || state === "destroying");
};

/** Of `<app>/<machine>`. */
function pathOf(id: string): string {
  const [app, machine] = id.split("/");
  return `/v1/apps/${app}/machines/${machine}`;
}
const machineOf = (id: string) => get<Machine>(pathOf(id));

type Held = Readonly<Record<string, string>>;
/** Doing it twice is doing it once. */
const act = (id: string, action: "cordon" | "uncordon" | "stop", headers?: Held): Request => ({
  method: "POST",
  path: `${pathOf(id)}/${action}`,
  ...(headers && { headers }),
  isRepeatable: true,
});
/** Answered by Fly.io when it is so; asked again when it takes longer. */
const waitFor = (id: string, state: "started" | "stopped", version?: string) =>
  get(`${pathOf(id)}/wait`, { state, timeout: "50", ...(version && { version }) });

/** Seconds that a process has to start and its checks to pass, as flyctl has it. */
const patience = 300;
/** Seconds after which a lease ends by itself: more than its steps take, the wait asked five times. */
const leaseTime = patience + 360;

/** Nobody else changes the machine meanwhile. When a step fails the lease ends by itself. */
function underLease(id: string, steps: (held: Held) => readonly Step[]): readonly Step[] {
  const path = `${pathOf(id)}/lease`;
  return [
    // The page wants the seconds in the body, flyctl says them in the query.
    {
      method: "POST",
      path,
      query: { ttl: String(leaseTime) },
      body: { description: "pulumi up", ttl: leaseTime },
    },
    ({ nonce, data }: Lease) => {
      const held = { "fly-machine-lease-nonce": data?.nonce ?? nonce ?? "" };
      return [...steps(held), { method: "DELETE", path, headers: held }];
    },
  ];
}

const update = (
  id: string,
  given: Inputs,
  headers: Held,
  more: Readonly<Record<string, boolean>>,
): Request => ({
  method: "POST",
  path: pathOf(id),
  headers,
  body: { config: configOf(given), ...more },
  isRepeatable: true,
});

/**
 * Requests go to the machines of other regions from `cordon` on; what is being answered has `killTimeout` to end. The new
 * release gets requests once its process runs and its checks pass, and the next region comes after that.
 */
const roll = (id: string, given: Inputs): readonly Step[] =>
  underLease(id, (held) => {
    const isServing = given.port !== undefined;
    const waitForIt = ({ instance_id }: Machine) => [waitFor(id, "started", instance_id)];
    return [
      ...(isServing ? [act(id, "cordon", held)] : []),
      update(id, given, held, isServing ? { skip_service_registration: true } : {}),
      // Until then what is told may be of the version before.
      waitForIt,
      "ready",
      ...(isServing ? [act(id, "uncordon", held)] : []),
    ];
  });

/** Without a lease, which a run that fails would leave behind: nobody else has to do with it. */
const runAgain = (id: string, given: Inputs): readonly Step[] => [
  update(id, given, {}, {}),
  // Until then what is told may be of the run before.
  ({ instance_id }: Machine) => [waitFor(id, "stopped", instance_id)],
];

/** It has the new release when it is started again. */
const prepare = (id: string, given: Inputs): readonly Step[] =>
  underLease(id, (held) => [update(id, given, held, { skip_launch: true })]);

const lastExit = ({ events = [] }: Machine): Exit =>
  events.find(({ type }) => type === "exit")?.request?.exit_event ?? {};

/**
 * Stopped by the proxy or an autoscaler, who start it when it is needed; `created` is what an update may make of that
 * (https://fly.io/docs/machines/machine-states).
 */
const isStopped = (machine: Machine): boolean =>
  ["stopped", "created"].includes(machine.state) && lastExit(machine).requested_stop === true;

/** What became of a process that was to end by itself. */
function progressOfRun(machine: Machine): Progress {
  const { id, state } = machine;
  const { exit_code, requested_stop } = lastExit(machine);
  if (state !== "stopped" || exit_code === undefined) return { pending: `it is ${state}` };
  if (requested_stop === true)
    return { failed: "it was stopped before its end; the next pulumi up runs it again" };
  if (exit_code === 0) return "ready";
  return {
    failed: `its process ended with code ${exit_code}; see fly logs --machine ${id}. The next pulumi up runs it again`,
  };
}

const hasFailed = (progress: Progress): boolean => typeof progress === "object" && "failed" in progress;

function progressOf(machine: Machine): Progress {
  const { id, state, config, checks = [] } = machine;
  if (state === "failed" || state === "launch_failed")
    return { failed: `Fly.io could not start it; see fly logs --machine ${id}` };
  if (runsOnce(config)) return progressOfRun(machine);
  if (state === "suspended" || isStopped(machine)) return "ready";
  const exit = lastExit(machine);
  if (state === "stopped" && exit.restarting !== true)
    return {
      failed: `its process ended with code ${exit.exit_code ?? "unknown"}; see fly logs --machine ${id}`,
    };
  if (state !== "started") return { pending: `it is ${state}` };
  const open = checks.filter(({ status }) => status !== "passing");
  if (open.length > 0)
    return {
      pending: open.map(({ name, status, output = "" }) => `check ${name} is ${status} ${output}`).join("; "),
    };
  return checks.length < checksIn(config) ? { pending: "its checks have not begun" } : "ready";
}

export const machine = kind({
  description:
    "A machine in one region. A new image or configuration is rolled under a lease: cordoned, updated, started, uncordoned when its checks pass. Machines that depend on each other are rolled one after another. One that runs once is there when its process has ended well.",
  patience,
  inputs,
  outputs: z.object({
    machineId: z.string().describe("Its id at Fly.io."),
    privateIp: z.string().describe("Its address in the private network."),
  }),
  find: ({ app, name }) =>
    search(get<readonly Machine[]>(`/v1/apps/${app}/machines`), (all) => {
      const found = all.find((each) => each.name === name && !isGoneMachine(each));
      return found && `${app}/${found.id}`;
    }),
  create: (given): Request<Machine> => ({
    method: "POST",
    path: `/v1/apps/${given.app}/machines`,
    body: { name: given.name, region: given.region, config: configOf(given) },
  }),
  created: ({ id }, { app }) => ({ id: `${app}/${id}` }),
  apply: (id, given) =>
    given.runsOnce
      ? runAgain(id, given)
      : [
          machineOf(id),
          // Only the proxy starts one that an update has left "created"; fly-autoscaler looks for those that are "stopped".
          (before: Machine) =>
            isStopped(before) && given.port !== undefined ? prepare(id, given) : roll(id, given),
        ],
  read: (id) => ({ machine: machineOf(id) }),
  progress: ({ machine: found }) => progressOf(found),
  tell: ({ machine: found }, id) => ({
    inputs: {
      app: id.split("/")[0]!,
      name: found.name,
      region: found.region,
      ...runOf(found.config),
      // A run that has failed is none: it shows as drift, and the next update runs it again.
      runsOnce: runsOnce(found.config) && !hasFailed(progressOf(found)),
    },
    outputs: { machineId: found.id, privateIp: found.private_ip },
  }),
  remove: (id, given) => [
    ...(given.port === undefined ? [] : [act(id, "cordon")]),
    act(id, "stop"),
    waitFor(id, "stopped"),
    { method: "DELETE", path: pathOf(id), query: { force: "true" } },
  ],
});
