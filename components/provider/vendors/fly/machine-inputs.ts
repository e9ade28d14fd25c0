/** What a program says of a machine. */
import { z } from "zod";
import { fixed } from "../../vendor/kind.ts";
import { appName } from "./names.ts";
import { region } from "./regions.ts";

/** CPUs of a size, and MB of memory that each of them may have. */
const cpus = {
  shared: { counts: [1, 2, 4, 6, 8], least: 256, most: 2_048 },
  performance: { counts: [1, 2, 4, 6, 8, 10, 12, 14, 16], least: 2_048, most: 8_192 },
} as const;
type CpuKind = keyof typeof cpus;

export const sizeName = (kind: CpuKind, count: number) =>
  kind === "shared" ? `shared-cpu-${count}x` : `performance-${count}x`;

/** Sizes by name (superfly/fly-go, machine_types.go, read 2026-11-26). */
export const guests: Readonly<Record<string, { readonly kind: CpuKind; readonly count: number }>> =
  Object.fromEntries(
    (["shared", "performance"] as const).flatMap((kind) =>
      cpus[kind].counts.map((count) => [sizeName(kind, count), { kind, count }]),
    ),
  );
const sizes: readonly string[] = Object.keys(guests);

/** @returns what is wrong with it, `undefined` when nothing is. */
function memoryProblem(size: string, memory: number): string | undefined {
  const { kind, count } = guests[size]!;
  const [least, most] = [cpus[kind].least * count, cpus[kind].most * count];
  if (memory % 256 === 0 && memory >= least && memory <= most) return undefined;
  return `must be a multiple of 256 from ${least} to ${most} for ${size}`;
}

const signals = ["SIGTERM", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGHUP"] as const;
const autostops = ["off", "stop", "suspend"] as const;
const restarts = ["no", "on-failure", "always"] as const;

/** Of what is said only of a machine with a port, or with a check. */
export const defaults = {
  forceHttps: true,
  autostop: "off",
  softLimit: 200,
  hardLimit: 250,
  healthGrace: 10,
} as const;

const port = z.int({ error: "must be a port from 1 to 65535" }).min(1).max(65_535);
const oneOf = <const T extends readonly string[]>(values: T) =>
  z.enum(values, { error: `must be one of ${values.join(", ")}` });

export const inputs = z
  .strictObject({
    app: fixed(appName).describe("Name of its app. A change replaces it."),
    name: fixed(z.string().min(1)).describe("Its name in the app. A change replaces it."),
    region: fixed(region).describe("Where it is. A change replaces it."),
    image: z
      .string()
      .regex(/@sha256:[0-9a-f]{64}$|:\d+\.\d+\.\d+$/, {
        error:
          "must end in a digest, as registry.fly.io/testfarm@sha256:<64 hexadecimal digits> does, or in an exact version, as flyio/fly-autoscaler:0.3.2 does",
      })
      .describe(
        "Image with its digest, or with an exact version of somebody who does not publish digests. Fly.io has to be able to pull it: from a public registry, or its own.",
      ),
    size: oneOf(sizes).describe("Kind and number of its CPUs."),
    memory: z.int({ error: "must be a whole number of MB" }).describe("Memory in MB, in steps of 256."),
    command: z.array(z.string()).default([]).describe("What it runs. Default: what the image says."),
    env: z.record(z.string(), z.string()).default({}).describe("Environment; secrets belong to Secrets."),
    files: z
      .record(z.string().startsWith("/"), z.string(), {
        error: "must map absolute paths to names of secrets",
      })
      .default({})
      .describe("Files by path: names of secrets that hold their contents in base64."),
    group: z
      .string()
      .min(1)
      .default("app")
      .describe("Process group, by which flyctl and autoscaler know it. Default app."),
    secretsDigest: z
      .string()
      .min(1)
      .optional()
      .describe("Digest of the app's secrets, so that a change of them is rolled too."),
    port: port
      .optional()
      .describe("Port that it listens on for requests to 80 and 443 of the app. Default: it serves none."),
    forceHttps: z
      .boolean({ error: "must be true or false" })
      .default(defaults.forceHttps)
      .describe("Whether port 80 sends to 443; a flycast address has no certificate. Default true."),
    autostop: oneOf(autostops)
      .default(defaults.autostop)
      .describe("What the proxy does with it without requests; the next one starts it. Default off."),
    softLimit: z
      .int()
      .min(1)
      .default(defaults.softLimit)
      .describe("Requests at once above which others are preferred. Default 200."),
    hardLimit: z
      .int()
      .min(1)
      .default(defaults.hardLimit)
      .describe("Requests at once that it gets at most. Default 250."),
    healthPort: port.optional().describe("Port of its health check. Default: port."),
    healthPath: z
      .string()
      .startsWith("/", { error: "must begin with /" })
      .optional()
      .describe("Path that answers 2xx when it can work, asked every 5 s. Default: it is not asked."),
    healthGrace: z
      .int()
      .min(0)
      .default(defaults.healthGrace)
      .describe("Seconds after its start before it is asked. Default 10."),
    metricsPort: port.optional().describe("Port whose /metrics Fly.io's Prometheus reads. Default: none."),
    restart: oneOf(restarts)
      .default("on-failure")
      .describe("Whether it is started again when its process ends. Default on-failure, 10 times."),
    runsOnce: z
      .boolean({ error: "must be true or false" })
      .default(false)
      .describe(
        "Whether its process ends by itself: it is ready when that has ended with code 0, and a change runs it again. Needs restart no. Default false.",
      ),
    killSignal: oneOf(signals).default("SIGTERM").describe("What ends its process. Default SIGTERM."),
    killTimeout: z
      .int({ error: "must be a whole number of seconds from 1 to 240" })
      .min(1, { error: "must be 1 s at least" })
      .max(240, {
        error: "must be 240 s at most, which is waited for; Fly.io itself ends a process after 300",
      })
      .default(30)
      .describe("Seconds that its process has to end its work. Default 30."),
  })
  .superRefine(({ size, memory, runsOnce, restart, port: served }, { addIssue }) => {
    const issue = (path: string, message: string) => addIssue({ code: "custom", path: [path], message });
    const message = memoryProblem(size, memory);
    if (message !== undefined) issue("memory", message);
    if (runsOnce && restart !== "no") issue("restart", "must be no for a machine that runs once");
    if (runsOnce && served !== undefined)
      issue("port", "must be absent: a machine that runs once serves none");
  });
export type Inputs = z.output<typeof inputs>;
