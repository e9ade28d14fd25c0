import type { Input } from "@pulumi/pulumi";
import type { AppEnv, RoleEnv } from "../app/env.ts";
import { reads } from "../infra/contracts/role-variables.ts";

/** Every variable of the application, as a tier provides it. */
export type Environment = { readonly [Name in keyof AppEnv]: Input<string> };

type Roles = keyof RoleEnv;

/** Exactly the names of `reads`: `satisfies` lets a spread bring in more. */
type Exact<R extends Roles> = Exclude<keyof (typeof reads)[R], keyof RoleEnv[R]> extends never ? R : never;

/** Gives each role the variables it reads, and no other. */
export function roleVariables(environment: Environment) {
  const of = <R extends Roles>(role: Exact<R> & R): Readonly<Record<string, Input<string>>> =>
    Object.fromEntries(
      (Object.keys(reads[role]) as (keyof AppEnv)[]).map((name) => [name, environment[name]]),
    );
  return {
    api: of("api"),
    worker: of("worker"),
    browser: of("browser"),
    egress: of("egress"),
    migrate: of("migrate"),
    ...(environment.BACKUP_BUCKET !== "" && { backup: of("backup") }),
  };
}
