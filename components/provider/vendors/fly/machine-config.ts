/** What a machine is told to run: our inputs as Fly.io's configuration, and back. */
import { defaults, guests, type Inputs, sizeName } from "./machine-inputs.ts";
import { duration, secondsIn } from "./names.ts";

interface Check {
  readonly type: "http";
  readonly port: number;
  readonly method: "GET";
  readonly path: string;
  readonly interval: string;
  readonly timeout: string;
  readonly grace_period: string;
}
interface Service {
  readonly protocol: "tcp";
  readonly internal_port: number;
  /** `off` and `stop` are answered as false and true. */
  readonly autostop: Inputs["autostop"] | boolean;
  readonly autostart: boolean;
  readonly ports: readonly {
    readonly port: number;
    readonly handlers: readonly string[];
    readonly force_https?: boolean;
  }[];
  readonly concurrency: {
    readonly type: "requests";
    readonly soft_limit: number;
    readonly hard_limit: number;
  };
  readonly checks?: readonly Check[];
}

/** What is used of it. */
export interface MachineConfig {
  readonly image: string;
  readonly guest: {
    readonly cpu_kind: "shared" | "performance";
    readonly cpus: number;
    readonly memory_mb: number;
  };
  readonly init?: { readonly cmd?: readonly string[] };
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: readonly { readonly guest_path: string; readonly secret_name: string }[];
  readonly metadata?: Readonly<Record<string, string>>;
  readonly services?: readonly Service[];
  readonly checks?: Readonly<Record<string, Check>>;
  readonly metrics?: { readonly port: number; readonly path: string };
  readonly restart?: { readonly policy?: Inputs["restart"]; readonly max_retries?: number };
  readonly stop_config?: { readonly signal?: Inputs["killSignal"]; readonly timeout?: string };
}

function checkOf({ port, healthPort = port, healthPath, healthGrace }: Inputs): Check | undefined {
  if (healthPort === undefined || healthPath === undefined) return undefined;
  return {
    type: "http",
    port: healthPort,
    method: "GET",
    path: healthPath,
    interval: "5s",
    timeout: "4s",
    grace_period: duration(healthGrace),
  };
}

const serviceOf = (port: number, run: Inputs, check: Check | undefined): Service => ({
  protocol: "tcp",
  internal_port: port,
  autostop: run.autostop,
  autostart: true,
  ports: [
    { port: 80, handlers: ["http"], force_https: run.forceHttps },
    { port: 443, handlers: ["tls", "http"] },
  ],
  concurrency: { type: "requests", soft_limit: run.softLimit, hard_limit: run.hardLimit },
  ...(check && { checks: [check] }),
});

export function configOf(run: Inputs): MachineConfig {
  const { kind, count } = guests[run.size]!;
  const check = checkOf(run);
  return {
    image: run.image,
    guest: { cpu_kind: kind, cpus: count, memory_mb: run.memory },
    ...(run.command.length > 0 && { init: { cmd: run.command } }),
    env: run.env,
    files: Object.entries(run.files).map(([guest_path, secret_name]) => ({ guest_path, secret_name })),
    metadata: {
      // By these flyctl, the names below .internal and the autoscaler know it.
      fly_platform_version: "v2",
      fly_process_group: run.group,
      ...(run.secretsDigest !== undefined && { testfarm_secrets: run.secretsDigest }),
      ...(run.runsOnce && { testfarm_runs: "once" }),
    },
    ...(run.port !== undefined && { services: [serviceOf(run.port, run, check)] }),
    // The proxy asks a service's own check before it sends requests; another one is only told.
    ...(run.port === undefined && check && { checks: { health: check } }),
    ...(run.metricsPort !== undefined && { metrics: { port: run.metricsPort, path: "/metrics" } }),
    restart: { policy: run.restart, ...(run.restart === "on-failure" && { max_retries: 10 }) },
    stop_config: { signal: run.killSignal, timeout: duration(run.killTimeout) },
  };
}

export const runsOnce = ({ metadata = {} }: MachineConfig): boolean => metadata["testfarm_runs"] === "once";

function autostopOf(told: Service["autostop"] = false): Inputs["autostop"] {
  if (typeof told === "string") return told;
  return told ? "stop" : "off";
}

/** @returns what our inputs can say of a configuration, whoever has made it. */
export function runOf(config: MachineConfig): { [Name in keyof Inputs]?: NonNullable<Inputs[Name]> } {
  const { guest, metadata = {}, services: [service] = [], stop_config: stop = {} } = config;
  const check = service?.checks?.[0] ?? config.checks?.["health"];
  const size = sizeName(guest.cpu_kind, guest.cpus);
  return {
    ...defaults,
    image: config.image,
    ...(size in guests && { size }),
    memory: guest.memory_mb,
    command: [...(config.init?.cmd ?? [])],
    env: { ...config.env },
    files: Object.fromEntries((config.files ?? []).map((file) => [file.guest_path, file.secret_name])),
    ...(metadata["fly_process_group"] && { group: metadata["fly_process_group"] }),
    ...(metadata["testfarm_secrets"] && { secretsDigest: metadata["testfarm_secrets"] }),
    ...(service && {
      port: service.internal_port,
      autostop: autostopOf(service.autostop),
      forceHttps: service.ports.some(({ force_https }) => force_https === true),
      ...(service.concurrency && {
        softLimit: service.concurrency.soft_limit,
        hardLimit: service.concurrency.hard_limit,
      }),
    }),
    ...(check && {
      healthPath: check.path,
      healthGrace: secondsIn(check.grace_period),
      ...(check.port !== service?.internal_port && { healthPort: check.port }),
    }),
    ...(config.metrics && { metricsPort: config.metrics.port }),
    ...(config.restart?.policy && { restart: config.restart.policy }),
    ...(stop.signal && { killSignal: stop.signal }),
    ...(stop.timeout && { killTimeout: secondsIn(stop.timeout) }),
  };
}

/** @returns how many checks are asked. */
export const checksIn = ({ services = [], checks = {} }: MachineConfig): number =>
  services.reduce((sum, each) => sum + (each.checks?.length ?? 0), 0) + Object.keys(checks).length;
