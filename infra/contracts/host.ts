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
  /** Whether the data may go with the stack: nothing is then protected or kept. Default: it may not. */
  readonly ephemeral?: boolean;
  /** Any word; another one replaces the server, and nothing else. Default: the empty one. */
  readonly rebuild?: string;
  /** Public key of the server, where it is known before. Default: read at the first contact, and kept. */
  readonly hostKey?: string | undefined;
}

/** A server with a Docker engine, an address that stays, and a disk that survives it. */
export interface Host {
  /** Public IPv4 address; it survives a rebuild of the server. */
  readonly address: Output<string>;
  /** Account that may use the engine, over SSH. */
  readonly user: string;
  /** Where the data volume is mounted on the server. */
  readonly dataDirectory: string;
  /** Public key by which the server is known, as its first contact showed it. */
  readonly hostKey: Output<string>;
  /** Done when the engine accepts connections. */
  readonly ready: Resource;
}

/** Account, directories and names that cloud-init prepares and containers rely on. */
export const hostLayout = {
  user: "testfarm",
  dataDirectory: "/srv/testfarm",
  /** Directories on the data volume, one for each service that keeps data, with the user id that owns it. */
  directories: { postgres: 999, redis: 999, storage: 10_001, backup: 10_001, caddy: 0 },
  /** Label of the data volume's filesystem. */
  volumeLabel: "testfarm",
  /** AppArmor profile under which Chromium's sandbox may make user namespaces. */
  chromiumProfile: "testfarm-chromium",
} as const;

export type HostDirectory = keyof typeof hostLayout.directories;

/**
 * How long the parts of a server live, as Pulumi's options.
 *
 * - `kept`: address and data volume outlive the server, and the stack too.
 * - `server`: holds no data, so that nothing protects it; `rebuild` replaces it. The old one goes first: the address and
 *   the disk can be at one server only, and some providers give a name once only. The engine sees no trigger in an absent
 *   value and would miss a change from it.
 */
export const lifetimes = ({ ephemeral = false, rebuild = "" }: Pick<HostArgs, "ephemeral" | "rebuild">) => ({
  kept: { protect: !ephemeral, retainOnDelete: !ephemeral },
  server: { replacementTrigger: rebuild, deleteBeforeReplace: true },
});

/** What a firewall lets in; everything may go out. */
export interface Opening {
  readonly protocol: "tcp" | "udp" | "icmp";
  /** Absent for a protocol without ports. */
  readonly port?: number;
  readonly sources: readonly string[];
}

export const everywhere = ["0.0.0.0/0", "::/0"] as const;

/** SSH for the operators, the page for everybody, and the messages without which large packets get lost on their way. */
export const openings = ({ adminCidrs }: Pick<HostArgs, "adminCidrs">): readonly Opening[] => [
  { protocol: "tcp", port: 22, sources: adminCidrs },
  { protocol: "tcp", port: 80, sources: everywhere },
  { protocol: "tcp", port: 443, sources: everywhere },
  { protocol: "udp", port: 443, sources: everywhere },
  { protocol: "icmp", sources: everywhere },
];

/** For providers with a rule, or a list, for each version of the protocol. */
export const isIpv6 = (range: string): boolean => range.includes(":");
