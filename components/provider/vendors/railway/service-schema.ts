import { z } from "zod";
import { fixed, secret } from "../../vendor/kind.ts";
import { regions } from "./regions.ts";

const restartPolicies = ["ALWAYS", "ON_FAILURE", "NEVER"] as const;

export const whole = (least: number, most: number) => {
  const error = `must be a whole number from ${least} to ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
};
const port = whole(1, 65_535);
const path = z.string().regex(/^\//, { error: "must begin with /" });
const text = z.string().min(1, { error: "must not be empty" });

export const inputs = z
  .strictObject({
    project: fixed(text).describe("Id of its project. A change replaces it."),
    environment: fixed(text).describe("Id of its environment. A change replaces it."),
    name: fixed(
      z.string().regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, {
        error: "must be small letters, digits and hyphens: it is a host name in the private network too",
      }),
    ).describe("Its name in the project. A change replaces it."),
    image: text.describe("The image, best with its digest: ghcr.io/me/app@sha256:..."),
    region: z
      .enum(regions, { error: `must be one of ${regions.join(", ")}` })
      .describe("Where it runs. A change moves it, and its volume with a pause."),
    replicas: whole(1, 50)
      .default(1)
      .describe("How many containers; with a volume one. The plan may allow fewer than 50. Default 1."),
    startCommand: text.optional().describe("What it runs instead of the image's own command."),
    port: port.optional().describe("Port that its public host leads to. Absent: it has no public host."),
    tcpPort: port
      .optional()
      .describe("Port that is reached from anywhere by proxyHost and proxyPort. Absent: none is."),
    healthPath: path
      .optional()
      .describe(
        "Path that has to answer 200, on the port of the variable PORT, before a deployment takes over. Absent: it takes over as soon as it runs.",
      ),
    healthTimeout: whole(1, 3_600).default(300).describe("Seconds that this may take. Default 300."),
    drainSeconds: whole(0, 3_600)
      .default(30)
      .describe("Seconds from SIGTERM to SIGKILL for the old containers. Default 30, Railway's own is 0."),
    overlapSeconds: whole(0, 3_600)
      .default(10)
      .describe("Seconds that the old containers stay beside the new ones. Default 10."),
    restartPolicy: z
      .enum(restartPolicies, { error: `must be one of ${restartPolicies.join(", ")}` })
      .default("ON_FAILURE")
      .describe(
        "When a container that has stopped is started again. NEVER: it runs once after each change, to its end, and is there when it has ended with exit code 0. Default ON_FAILURE.",
      ),
    restartRetries: whole(0, 1_000).default(10).describe("How often, with ON_FAILURE. Default 10."),
    registryUsername: text.optional().describe("Account at the image's registry, for the Pro plan only."),
    registryPassword: secret(text.optional()).describe("Password or token of that account."),
    variables: secret(z.record(z.string(), z.string()).default({})).describe(
      "Its environment, all of it: others are removed. Default: empty.",
    ),
    volume: text.optional().describe("Output volume of the Volume that it mounts."),
    mountPath: path.optional().describe("Where it mounts it."),
  })
  .refine(({ volume, mountPath }) => (volume === undefined) === (mountPath === undefined), {
    path: ["mountPath"],
    error: "must be given exactly when volume is",
  })
  .refine(
    ({ registryUsername: name, registryPassword: word }) => (name === undefined) === (word === undefined),
    {
      path: ["registryPassword"],
      error: "must be given exactly when registryUsername is",
    },
  )
  // https://docs.railway.com/volumes/reference#caveats
  .refine(({ volume, replicas }) => volume === undefined || replicas === 1, {
    path: ["replicas"],
    error: "must be 1 with a volume",
  });
export type ServiceInputs = z.output<typeof inputs>;

export const outputs = z.object({
  privateHost: z.string().describe("Host name within the project."),
  host: z.string().describe("Public host name, with port only. It speaks HTTPS."),
  proxyHost: z.string().describe("Host of the TCP proxy, with tcpPort only."),
  proxyPort: z.number().describe("Port of the TCP proxy, with tcpPort only."),
  logs: z.string().describe("Page with its deployments and their logs."),
});
