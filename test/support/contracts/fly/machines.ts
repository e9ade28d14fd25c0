/** Machines: what they are told, the time that they take, and who may change them. */
import { randomUUID } from "node:crypto";
import type { Behaviour, Call, Reply } from "../server.ts";
import type { FlyApp } from "./apps.ts";

type Config = Readonly<Record<string, unknown>>;
export interface FlyMachine {
  readonly id: string;
  readonly app: string;
  readonly name: string;
  readonly region: string;
  config: Config;
  state: string;
  instance: string;
  cordoned: boolean;
  /** Of the lease that somebody has. */
  nonce: string | undefined;
  events: { type: string; request?: { exit_event: { exit_code: number; requested_stop: boolean } } }[];
  /** How often it is looked at before it has started, and then before its checks pass, or its process ends by itself. */
  starting: number;
  checking: number;
  running: number;
  /** As it was before an update, which is what is told of it until it was waited for the new version, or looked at once. */
  before?: unknown;
}

/** As Go writes a duration: `90s` is `1m30s`. */
function inGo(duration: string): string {
  const seconds = Number(duration.slice(0, -1));
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}

const autostopOf = (said: string | undefined) => (said === "suspend" ? said : said === "stop");
/** As it is answered: booleans where strings were said, durations as Go has them, nothing that is empty. */
function shownConfig(config: Config): Config {
  const { services, stop_config, env, files, ...rest } = config as {
    readonly services?: readonly { readonly autostop?: string }[];
    readonly stop_config?: { readonly timeout: string };
    readonly env?: object;
    readonly files?: readonly unknown[];
  };
  return {
    init: {},
    ...rest,
    ...(env && Object.keys(env).length > 0 && { env }),
    ...(files && files.length > 0 && { files }),
    ...(services && {
      services: services.map((each) => ({ ...each, autostop: autostopOf(each.autostop) })),
    }),
    ...(stop_config && { stop_config: { ...stop_config, timeout: inGo(stop_config.timeout) } }),
  };
}

function checksOf({ config, checking }: FlyMachine) {
  const { services = [], checks = {} } = config as {
    readonly services?: readonly { readonly checks?: readonly unknown[] }[];
    readonly checks?: object;
  };
  const names = [
    ...services.flatMap((each, index) => (each.checks ?? []).map(() => `servicecheck-0${index}-http`)),
    ...Object.keys(checks),
  ];
  const [status, output] = checking > 0 ? ["critical", "connection refused"] : ["passing", "200 OK"];
  return names.map((name) => ({ name, status, output }));
}

const shown = (machine: FlyMachine) => ({
  id: machine.id,
  name: machine.name,
  state: machine.state,
  region: machine.region,
  instance_id: machine.instance,
  private_ip: "fdaa:0:18:a7b:196:e274:9ce1:2",
  config: shownConfig(machine.config),
  checks: machine.state === "started" ? checksOf(machine) : [],
  events: machine.events,
  cordoned: machine.cordoned,
  host_status: "ok",
});

const isDestroyed = ({ state }: FlyMachine) => state === "destroyed";
const isRestarted = ({ config }: FlyMachine) =>
  (config["restart"] as { readonly policy?: string } | undefined)?.policy !== "no";
function end(machine: FlyMachine, exit_code: number, requested_stop: boolean): void {
  machine.state = "stopped";
  machine.events.unshift({ type: "exit", request: { exit_event: { exit_code, requested_stop } } });
}
/** Time goes by as it is looked at. What is not started again is taken for something that ends. */
function pass(machine: FlyMachine, { exitCode }: MachineState["runs"]): void {
  if (machine.state === "starting" && machine.starting-- <= 0) machine.state = "started";
  else if (machine.state === "started" && isRestarted(machine)) machine.checking--;
  else if (machine.state === "started" && machine.running-- <= 0) end(machine, exitCode, false);
}

const missing: Reply = { status: 404, body: { error: "machine not found" } };
const done: Reply = { body: { ok: true } };
const at = "/v1/apps/{app}/machines/{machine}";

export interface MachineState {
  readonly apps: ReadonlyMap<string, FlyApp>;
  readonly machines: Map<string, FlyMachine>;
  /** Gets the bodies by which machines are made and updated. */
  readonly launches: Readonly<Record<string, unknown>>[];
  /** Nonces that calls have brought: each of them is of one machine, and serves one change. */
  readonly presented: string[];
  /** Whether a lease comes as the OpenAPI document has it, and not as the page of the API does. */
  readonly hasBareLeases: boolean;
  /** How processes end that end by themselves. */
  readonly runs: { exitCode: number };
}

export function machineBehaviour({
  apps,
  machines,
  launches,
  presented,
  hasBareLeases,
  runs,
}: MachineState): Behaviour {
  const ofApp = (app: string) =>
    [...machines.values()].filter((each) => each.app === app && !isDestroyed(each));
  const inApp = (act: (app: string, call: Call) => Reply) => (call: Call) => {
    const app = call.params["app"]!;
    return apps.has(app) ? act(app, call) : missing;
  };
  const onMachine = (act: (machine: FlyMachine, call: Call) => Reply) => (call: Call) => {
    const machine = machines.get(call.params["machine"]!);
    return machine?.app === call.params["app"] ? act(machine!, call) : missing;
  };
  /** Refused to whoever does not bring the nonce of the lease, where somebody has one. */
  const changing = (act: (machine: FlyMachine, call: Call) => Reply) =>
    onMachine((machine, call) => {
      if (isDestroyed(machine)) return missing;
      if (machine.nonce !== undefined) {
        const index = presented.indexOf(machine.nonce);
        if (index === -1)
          return { status: 409, body: { error: `lease of ${machine.id} is held by owner@farm.test` } };
        presented.splice(index, 1);
      }
      return act(machine, call);
    });
  function launch(machine: FlyMachine, { body }: Call): Reply {
    const { config, skip_launch, skip_service_registration } = body as {
      readonly config: Config;
      readonly skip_launch?: boolean;
      readonly skip_service_registration?: boolean;
    };
    launches.push(body);
    machine.before = machine.instance === undefined || skip_launch ? undefined : shown(machine);
    const state = skip_launch ? "created" : "starting";
    const cordoned = skip_service_registration ?? false;
    const times = { starting: 1, checking: 2, running: 2 };
    Object.assign(machine, { config, state, cordoned, instance: randomUUID(), ...times });
    return { body: shown(machine) };
  }
  return {
    "GET /v1/apps/{app}/machines": inApp((app) => ({ body: ofApp(app).map(shown) })),
    "POST /v1/apps/{app}/machines": inApp((app, call) => {
      const { name, region } = call.body as { readonly name: string; readonly region: string };
      if (ofApp(app).some((each) => each.name === name))
        return { status: 409, body: { error: `already_exists: machine ${name}` } };
      const id = randomUUID().replaceAll("-", "").slice(0, 14);
      const machine = { id, app, name, region, events: [{ type: "launch" }] } as unknown as FlyMachine;
      machines.set(id, machine);
      return launch(machine, call);
    }),
    [`GET ${at}`]: onMachine((machine) => {
      pass(machine, runs);
      const { before = shown(machine) } = machine;
      delete machine.before;
      return { body: before };
    }),
    [`POST ${at}`]: changing(launch),
    [`DELETE ${at}`]: changing((machine, { query }) => {
      if (machine.state === "started" && query["force"] !== "true")
        return { status: 412, body: { error: "failed_precondition: machine not in a stopped state" } };
      machine.state = "destroyed";
      return done;
    }),
    [`GET ${at}/wait`]: onMachine((machine, { query: { state, version = machine.instance } }) => {
      if (isDestroyed(machine)) return missing;
      delete machine.before;
      pass(machine, runs);
      if (machine.state === state && machine.instance === version)
        return { body: { ok: true, state: machine.state } };
      const error = `deadline_exceeded: machine failed to reach desired state, ${state}, currently ${machine.state}`;
      return { status: 408, body: { error } };
    }),
    [`POST ${at}/stop`]: changing((machine) => {
      end(machine, 0, true);
      return done;
    }),
    [`POST ${at}/start`]: changing((machine) => {
      const previous_state = machine.state;
      Object.assign(machine, { state: "starting", starting: 1, checking: 2, running: 2 });
      return { body: { previous_state } };
    }),
    [`POST ${at}/cordon`]: changing((machine) => {
      machine.cordoned = true;
      return done;
    }),
    [`POST ${at}/uncordon`]: changing((machine) => {
      machine.cordoned = false;
      return done;
    }),
    [`POST ${at}/lease`]: changing((machine) => {
      machine.nonce = `canary-nonce-${randomUUID()}`;
      const data = { nonce: machine.nonce, expires_at: 1_708_569_778, owner: "owner@farm.test" };
      return { status: 201, body: hasBareLeases ? data : { status: "success", data } };
    }),
    [`DELETE ${at}/lease`]: changing((machine) => {
      machine.nonce = undefined;
      return done;
    }),
  };
}
