/** What the capabilities of the managed tiers take and yield; a tier never asks which company it has got. */
import type { Input, Output, ProviderResource, Resource } from "@pulumi/pulumi";
import type { AppEnv } from "../../app/env.ts";
import type { Workers } from "../capacity/managed.ts";
import type { ManagedConfig } from "../config/schema.ts";
import type { City } from "../hosts/catalogue.ts";
import type { RegistryCredentials } from "./docker-host.ts";
import type { DnsRecord } from "./dns.ts";

/** Some of the variables that the application reads, with values. */
type Variables<Name extends keyof AppEnv> = Readonly<Record<Name, Input<string>>>;

/** The accounts of a stack at the companies of its choice, and what its capabilities have in common there. */
export interface Accounts {
  /** What a company knows the customer by; `undefined` where the file does not say and the token tells. */
  idAt(company: keyof ManagedConfig["accounts"]): string | undefined;
  /** The same where the configuration has made sure that it is there. */
  requireIdAt(company: keyof ManagedConfig["accounts"]): string;
  /** The provider of our own resources at a company. */
  at(company: keyof ManagedConfig["endpoints"]): ProviderResource;
  /** What several capabilities share: made when it is asked for first. */
  once<T>(name: string, make: () => T): T;
}

export interface Place {
  readonly accounts: Accounts;
  /** Beginning of every name at the company: `testfarm-validation`. */
  readonly label: string;
  /** Where it is to be, or near to. */
  readonly near: City;
  /** Whether its data may go with the stack: nothing is then protected or kept. */
  readonly ephemeral: boolean;
}

export interface DatabaseArgs extends Place {
  /** Of the database's owner, where the company lets one choose, and of the account `app`. */
  readonly passwords: { readonly owner: Input<string>; readonly service: Input<string> };
}

/**
 * PostgreSQL 17, whose certificate is verified wherever it is reached outside a private network. Of the accounts its owner
 * is there; the role `migrate` makes `app` unless it is.
 */
export interface Database {
  readonly variables: Variables<"DATABASE_URL" | "DATABASE_DIRECT_URL" | "DATABASE_ADMIN_URL">;
}

export type CacheArgs = Place;

/** A Redis that forgets nothing by itself. `REDIS_URL` is `""` where the queue is to be PostgreSQL's. */
export interface Cache {
  readonly variables: Variables<"REDIS_URL" | "REDIS_CLUSTER">;
}

export interface BucketArgs extends Place {
  /** Where the page is opened: the only origin from which a browser may read it. */
  readonly origin: Input<string>;
}

/** A private bucket, with a key that is good for it alone. */
export interface Bucket {
  readonly variables: Variables<
    | "S3_BUCKET"
    | "S3_REGION"
    | "S3_ENDPOINT"
    | "S3_FORCE_PATH_STYLE"
    | "AWS_ACCESS_KEY_ID"
    | "AWS_SECRET_ACCESS_KEY"
  >;
}

export interface WebArgs extends Place {
  /** Where it runs, by city: one, but at companies that have several regions at once. */
  readonly cities: readonly City[];
  /** Address of one's own. Default: the company's. */
  readonly domain?: string | undefined;
  /** Image of the page with its digest, for those that run it; others take the files that `npm run build` has made. */
  readonly image?: string | undefined;
  readonly credentials?: RegistryCredentials | undefined;
}

/** The page, under one origin with the API. */
export interface Web {
  /** Where people open it, without a slash at the end: known before there is an API. */
  readonly url: Output<string>;
  /** What DNS has to say of `domain`; none without one. */
  readonly records: readonly Omit<DnsRecord, "ttl">[];
  /** Puts the page there, with `/api` passed on to the API. Called once. */
  publish(api: Api): void;
}

/** Where the API answers, without a slash at the end and without `/api`. */
export interface Api {
  /** For everybody, with TLS; absent where it has no public address. */
  readonly url?: Output<string>;
  /** In the company's private network; only for what runs there too. */
  readonly privateUrl: Output<string>;
}

export interface ServiceArgs extends Place {
  /** Where it runs, by city: one, but at companies that have several regions at once. The first one has the data too. */
  readonly cities: readonly City[];
  /** With its digest. */
  readonly image: string;
  readonly credentials?: RegistryCredentials | undefined;
  readonly workers: Workers;
  /** Whether the API has an address of its own, for a page that is served elsewhere. */
  readonly isPublic: boolean;
  /** What each role reads, and nothing else. */
  readonly variables: Readonly<Record<"migrate" | "api" | "worker", Readonly<Record<string, Input<string>>>>>;
}

/**
 * API and workers. Of a new image the role `migrate` runs first and once, in the company's network; a new instance takes
 * over when it is healthy, and the old one has time to hand its sessions on.
 */
export interface Service {
  readonly api: Api;
  /** Where its logs are read. */
  readonly logs: Output<string>;
  /** Done when what has been asked for runs. */
  readonly ready: readonly Resource[];
}
