import type { Input, Resource } from "@pulumi/pulumi";
import type { Machine } from "../capacity/docker-host.ts";

/** Variables of one container's environment. */
export type Variables = Readonly<Record<string, Input<string>>>;

/** Ports inside the containers' networks; only the proxy's are published. */
export const ports = { role: 3001, web: 8080 } as const;

/** Where the containers find each other, on networks that nobody else is on. */
export const addresses = {
  database: "postgres:5432",
  cache: "redis:6379",
  browser: "http://browser:3001",
  egress: "http://egress:3001",
} as const;

/** Labels of every container. Only those of a release have a slot. */
export const labels = {
  /** `label` of the stack. */
  stack: "testfarm.stack",
  service: "testfarm.service",
  slot: "testfarm.slot",
} as const;

/** Two releases can run side by side; a release's services are found under their name with its slot: `api-0`. */
export const slots = ["0", "1"] as const;

/** Database and accounts, equal on every Docker host. */
export const accounts = { database: "testfarm", owner: "admin", service: "app", backup: "backup" } as const;

/** Where api and worker keep screenshots, inside their containers. */
export const storageDirectory = "/srv/storage";

/** Where the role `backup` keeps what is on its way into the bucket, inside its container: the default of `BACKUP_DIR`. */
export const backupDirectory = "/srv/backup";

/** Where the images of application and page come from. */
export type ImageSource =
  | {
      readonly from: "registry";
      readonly app: string;
      readonly web: string;
      /** Absent: those that Docker has on the machine where Pulumi runs. */
      readonly credentials?: RegistryCredentials;
    }
  | {
      readonly from: "repository";
      /** Directory with the Dockerfile, on the machine where Pulumi runs. */
      readonly root: string;
    };

/** Who may pull images, at one registry. */
export interface RegistryCredentials {
  /** `registryOf` an image. */
  readonly registry: string;
  readonly username: string;
  readonly password: Input<string>;
}

/** The engine of this machine, by the path of its socket. */
export interface LocalEngine {
  readonly socket: string;
}

/** The engine of a server, over SSH. */
export interface RemoteEngine {
  /** `user@address` */
  readonly target: Input<string>;
  /** Arguments of `ssh` before the target. */
  readonly sshOptions: Input<string[]>;
  /** Done when it accepts connections. Another server replaces it, and with it all that the old one had. */
  readonly ready: Resource;
}

export interface DockerHostArgs {
  /** Distinguishes what belongs to this stack on an engine that others use too: `testfarm-mvp`. */
  readonly label: string;
  readonly engine: LocalEngine | RemoteEngine;
  /** Whether data may go with the stack: volumes are then neither protected nor kept. */
  readonly ephemeral: boolean;
  /** Directory on the engine's machine under which data is kept. Absent: volumes that the engine manages. */
  readonly dataDirectory?: string;
  /** Name or IP address under which people open the page. A name gets a certificate by ACME. */
  readonly site: Input<string>;
  readonly certificate: "acme" | "internal";
  /** Port of the page on the engine's machine. Port 80 there, where it leads to this one; absent: nothing does. */
  readonly httpsPort: number;
  readonly httpPort?: number;
  /** Processors and memory of the engine's machine. Default: those of the smallest server, 2 and 4 GB. */
  readonly machine?: Machine | undefined;
  /** Sessions that run at the same time; decides the browsers' memory. */
  readonly sessions: number;
  /** AppArmor profile for Chromium, where the engine's machine has one. */
  readonly chromiumProfile?: string;
  readonly images: ImageSource;
  readonly passwords: {
    readonly databaseOwner: Input<string>;
    readonly cache: Input<string>;
  };
  /** What each role reads, and nothing else. */
  readonly variables: {
    readonly api: Variables;
    readonly worker: Variables;
    readonly browser: Variables;
    readonly egress: Variables;
    readonly migrate: Variables;
    /** Absent: there are no backups. */
    readonly backup?: Variables;
  };
}

/** Whether what is written between two backups is kept too, so that any moment can be restored. */
export const isPointInTime = ({ variables: { backup } }: Pick<DockerHostArgs, "variables">): boolean =>
  backup?.["BACKUP_POINT_IN_TIME"] === "true";
