import type * as pulumi from "@pulumi/pulumi";
import type { ApplicationArgs } from "../../infra/contracts/kubernetes.ts";
import type { Component } from "./labels.ts";

/** What every object of the application is put together from. */
export interface Place {
  /** Begins the name of each. */
  readonly name: string;
  readonly args: ApplicationArgs;
  readonly options: { readonly parent: pulumi.Resource; readonly provider: pulumi.ProviderResource };
}

export interface Parts extends Place {
  /** Those that run at all times. */
  readonly components: readonly Exclude<Component, "migrate" | "operator">[];
  /** Puts secrets where pods find them. */
  readonly keep: Keep;
  /** `imagePullSecrets` of each pod. */
  readonly pull: { readonly name: string }[];
}

/** @param owner whose they are: nobody else's pods have them. */
export type Keep = (owner: string, values: Readonly<Record<string, pulumi.Input<string>>>) => Secrets;

export interface Secrets {
  /** Of the Secret object. */
  readonly name: string;
  /** Another one where a value is another. Absent: nobody here knows the values. */
  readonly checksum?: pulumi.Output<string>;
  /** The object that brings them. */
  readonly from: pulumi.Resource;
}
