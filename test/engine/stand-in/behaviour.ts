/** What the published types do not say about a resource: the form of its id, values that programs use, replacement. */
import { randomBytes, randomInt, randomUUID } from "node:crypto";
import type { Properties } from "../../../components/provider/contract.ts";
import { cloudflare } from "./cloudflare.ts";
import { awsBehaviours } from "./clouds/aws.ts";
import { azureBehaviours } from "./clouds/azure.ts";
import { doksBehaviours } from "./clouds/doks.ts";
import { gcpBehaviours } from "./clouds/gcp.ts";
import { kubernetesBehaviours } from "./clouds/kubernetes.ts";
import { floatingIp, number, octet, publicIp, uuid } from "./seed.ts";
import { servers } from "./servers.ts";
import type { Seed } from "./world.ts";

export interface Behaviour {
  /** Default: the first 16 digits of the seed. */
  readonly id?: (seed: Seed) => string;
  /** Outputs with a meaning; the others get a made-up value of their type. */
  readonly outputs?: (inputs: Properties, seed: Seed) => Properties;
  /** Outputs that are what the inputs say, after an update too. */
  readonly follows?: (inputs: Properties) => Properties;
  /** Inputs whose change replaces the resource, `all` of them, or (default) none. */
  readonly replaces?: "all" | readonly string[];
}

const words = (text: string): string[] => text.trim().split(/\s+/);

/**
 * `replaces` is `willReplaceOnChanges` (`replaceOnChanges` for command) in provider/cmd/pulumi-resource-<name>/schema.json
 * of pulumi/pulumi-digitalocean 4.76.0, pulumi-docker 5.1.0 and pulumi-command 1.2.1, read in November 2026.
 */
export const behaviours: Readonly<Record<string, Behaviour>> = {
  ...servers,
  ...cloudflare,
  ...awsBehaviours,
  ...azureBehaviours,
  ...doksBehaviours,
  ...gcpBehaviours,
  ...kubernetesBehaviours,

  "digitalocean:index/droplet:Droplet": {
    id: number,
    outputs: (_, seed) => ({
      ipv4Address: publicIp(seed),
      ipv4AddressPrivate: `10.110.0.${octet(seed, 2)}`,
      dropletUrn: `do:droplet:${number(seed)}`,
      status: "active",
    }),
    replaces: words("dropletAgent image monitoring publicNetworking region sshKeys userData vpcUuid"),
  },
  "digitalocean:index/firewall:Firewall": { id: uuid },
  "digitalocean:index/project:Project": { id: uuid },
  "digitalocean:index/reservedIp:ReservedIp": {
    id: floatingIp,
    outputs: (_, seed) => ({
      ipAddress: floatingIp(seed),
      reservedIpUrn: `do:reservedip:${floatingIp(seed)}`,
    }),
    replaces: ["region"],
  },
  "digitalocean:index/reservedIpAssignment:ReservedIpAssignment": { replaces: "all" },
  "digitalocean:index/sshKey:SshKey": { id: number, replaces: ["publicKey"] },
  "digitalocean:index/volume:Volume": {
    id: uuid,
    outputs: (_, seed) => ({ volumeUrn: `do:volume:${uuid(seed)}` }),
    replaces: words("description initialFilesystemLabel initialFilesystemType name region snapshotId"),
  },
  "digitalocean:index/volumeAttachment:VolumeAttachment": { replaces: "all" },
  "digitalocean:index/vpc:Vpc": { id: uuid, replaces: ["ipRange", "region"] },

  "docker:index/container:Container": {
    id: (seed) => seed,
    replaces: words(`
      capabilities cgroupParent cgroupnsMode command cpus deviceRequests devices dns dnsOpts dnsSearches domainname
      entrypoints envs gpus groupAdds hostname hosts image ipcMode labels logDriver logOpts mounts name networkMode
      networksAdvanced pidMode platform ports privileged publishAllPorts readOnly runtime securityOpts shmSize
      stdinOpen stopSignal stopTimeout storageOpts sysctls tty ulimits uploads user usernsMode volumes workingDir
    `),
  },
  "docker:index/image:Image": {
    id: (seed) => `sha256:${seed}`,
    outputs: ({ imageName }, seed) => ({
      baseImageName: imageName,
      imageName,
      repoDigest: `${String(imageName)}@sha256:${seed}`,
    }),
  },
  "docker:index/network:Network": { id: (seed) => seed, replaces: "all" },
  "docker:index/remoteImage:RemoteImage": {
    id: (seed) => `sha256:${seed}`,
    outputs: ({ name }, seed) => ({
      imageId: `sha256:${seed}`,
      repoDigest: `${String(name)}@sha256:${seed}`,
    }),
    replaces: ["name", "platform", "pullTriggers", "triggers"],
  },
  "docker:index/volume:Volume": { replaces: ["driver", "driverOpts", "labels", "name"] },

  // The documentation of the random provider: a value is kept until one of its arguments changes.
  "random:index/randomPassword:RandomPassword": {
    outputs: (inputs) => ({ result: randomText(inputs) }),
    replaces: "all",
  },
  "random:index/randomString:RandomString": {
    outputs: (inputs) => ({ result: randomText(inputs) }),
    replaces: "all",
  },
  "random:index/randomId:RandomId": {
    outputs: ({ byteLength }) => encodings(Number(byteLength)),
    replaces: "all",
  },
  "random:index/randomUuid:RandomUuid": { outputs: () => ({ result: randomUUID() }), replaces: "all" },

  // `RequiresReplace` in vercel/terraform-provider-vercel v5.4.1, vercel/resource_*.go.
  "vercel:index/project:Project": {
    id: (seed) => `prj_${seed.slice(0, 28)}`,
    replaces: ["teamId"],
  },
  "vercel:index/projectDomain:ProjectDomain": {
    outputs: () => ({ verified: true }),
    replaces: ["domain", "projectId", "teamId"],
  },
  "vercel:index/deployment:Deployment": {
    id: (seed) => `dpl_${seed.slice(0, 28)}`,
    outputs: (_, seed) => ({ url: `farm-${seed.slice(0, 9)}.vercel.app` }),
    replaces: words(`
      customEnvironmentId environment files meta pathPrefix production projectId projectSettings ref teamId
    `),
  },

  "command:local:Command": { outputs: () => ({ stdout: "", stderr: "" }), replaces: ["triggers"] },
  "command:remote:Command": { outputs: () => ({ stdout: "", stderr: "" }), replaces: ["triggers"] },
  "command:remote:CopyToRemote": { replaces: ["triggers"] },
};

/** A text of the requested length from the requested kinds of characters, each kind present as often as it has to be. */
function randomText(inputs: Properties): string {
  const kinds = [
    ["lower", "minLower", "abcdefghijklmnopqrstuvwxyz"],
    ["upper", "minUpper", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"],
    ["numeric", "minNumeric", "0123456789"],
    ["special", "minSpecial", String(inputs["overrideSpecial"] ?? "!@#$%&*()-_=+[]{}<>:?")],
  ] as const;
  const allowed = kinds.filter(([kind]) => inputs[kind] !== false);
  const required = allowed.flatMap(([, minimum, characters]) =>
    Array.from({ length: Number(inputs[minimum] ?? 0) }, () => pick(characters)),
  );
  const all = allowed.map(([, , characters]) => characters).join("");
  const rest = Array.from({ length: Number(inputs["length"]) - required.length }, () => pick(all));
  return [...required, ...rest].join("");
}

const pick = (from: string): string => from.charAt(randomInt(from.length));

function encodings(bytes: number): Properties {
  const value = randomBytes(bytes);
  return {
    b64Std: value.toString("base64"),
    b64Url: value.toString("base64url"),
    hex: value.toString("hex"),
    dec: BigInt(`0x${value.toString("hex")}`).toString(),
  };
}
