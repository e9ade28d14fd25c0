import type { KubernetesAccess } from "./kubernetes.ts";

/**
 * How the operator's machine reaches what a stack keeps private: each tier exports, as `ACCESS`, what it takes, and
 * `infra/access` makes this of it.
 */
export interface Access {
  /**
   * Runs a role of the application once beside the stack's services, on the image that serves, with these variables and
   * no others. What it prints goes to `output` as it comes; it is gone afterwards, however it ended.
   *
   * @param signal tells it to end when it aborts; whoever waits gets its exit code all the same.
   * @returns its exit code.
   * @throws {AccessError} when the stack does not run, or cannot be reached.
   */
  run(role: OneShot, signal?: AbortSignal): Promise<number>;
  /** An empty place on the engine's disk for what follows, each given it; it stays until it is removed. */
  scratch(): Promise<Scratch>;
  /**
   * Runs a second server of the stack's PostgreSQL on a data directory that a role has made in a scratch place. Nothing
   * reaches it but what has the same place, by a socket in it.
   *
   * @param signal tells it to end when it aborts.
   * @returns its exit code.
   * @throws {AccessError} when the stack does not run, or cannot be reached.
   */
  recover(scratch: Scratch, output: Output, signal?: AbortSignal): Promise<number>;
  /**
   * An address on this machine that leads to a private one, such as `postgres://app:...@postgres:5432/testfarm`.
   *
   * @throws {AccessError} when there is no such service, or it cannot be reached from here.
   */
  forward(url: string): Promise<Forward>;
  /** Certificate of the authority that vouches for the page, PEM; `undefined` where everybody's browser knows it. */
  authority(): Promise<string | undefined>;
}

export interface OneShot {
  /** `smoke`, `restore`, `objects`. */
  readonly role: string;
  readonly args: readonly string[];
  /** They travel through the engine's API and stand on no command line. */
  readonly variables: Readonly<Record<string, string>>;
  readonly output: Output;
  /**
   * What it reads; a role that is given it ends when this ends, also where whoever gave it has gone. What it prints is then
   * given on byte by byte, and nobody keeps it on the way. Default: nothing.
   */
  readonly input?: NodeJS.ReadableStream | undefined;
  /** Instead of the services' own volumes. */
  readonly scratch?: Scratch | undefined;
}

/** Where what is printed goes. */
export interface Output {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

export interface Scratch {
  readonly name: string;
  /** The directory that it is for whoever has been given it. */
  readonly directory: string;
  /** With all that is in it. */
  remove(): Promise<void>;
}

export interface Forward {
  /** The address that was asked for, at a port of this machine. */
  readonly url: string;
  close(): Promise<void>;
}

/** The output `ACCESS` as JSON, by its kind. No secret is in it. */
export type AccessOutput = DockerAccess | CompaniesAccess | KubernetesAccess;

/** Services at companies, by their own addresses. */
export interface CompaniesAccess {
  readonly kind: "companies";
}

/** Containers on a Docker engine. */
export interface DockerAccess {
  readonly kind: "docker";
  /** `unix:///path` on this machine, or `ssh://user@host`. */
  readonly engine: string;
  /** Arguments of `ssh` before the target; the server's key is among them. */
  readonly sshOptions: readonly string[];
  /** By which the stack's containers are known on the engine. */
  readonly label: string;
  /** Of the page: from an authority that browsers know, or from the proxy's own. */
  readonly certificate: "acme" | "internal";
}

/** The stack cannot be reached: why, and what to do, is for the operator to read. */
export class AccessError extends Error {
  override readonly name = "AccessError";
}
