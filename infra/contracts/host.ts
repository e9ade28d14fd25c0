import type { Output, Resource } from "@pulumi/pulumi";

/** What every provider of a server takes. Sizes and regions are the provider's own names. */
export interface HostArgs {
  /** Names the server and what belongs to it, in the provider's account too: `testfarm-mvp`. */
  readonly label: string;
  readonly region: string;
  readonly size: string;
  /** Size of the data volume in GB. It can grow, never shrink. */
  readonly volumeGb: number;
  /** Ranges from which SSH is reachable. */
  readonly adminCidrs: readonly string[];
  /** Public half of the operator's key. */
  readonly sshPublicKey: string;
}

/** A server with a Docker engine, an address that stays, and a disk that survives it. */
export interface Host {
  /** Public IPv4 address; it survives a rebuild of the server. */
  readonly address: Output<string>;
  /** Account that may use the engine, over SSH. */
  readonly user: string;
  /** Where the data volume is mounted on the server. */
  readonly dataDirectory: string;
  /** Done when the engine accepts connections. */
  readonly ready: Resource;
}

/** Account, directories and names that cloud-init prepares and containers rely on. */
export const hostLayout = {
  user: "testfarm",
  dataDirectory: "/srv/testfarm",
  /** Directories on the data volume, one for each service that keeps data, with the user id that owns it. */
  directories: { postgres: 999, redis: 999, storage: 10_001, caddy: 0 },
  /** Label of the data volume's filesystem. */
  volumeLabel: "testfarm",
  /** AppArmor profile under which Chromium's sandbox may make user namespaces. */
  chromiumProfile: "testfarm-chromium",
} as const;

export type HostDirectory = keyof typeof hostLayout.directories;
