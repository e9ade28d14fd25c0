import type { Input } from "@pulumi/pulumi";
import type { ApplicationArgs } from "../../infra/contracts/kubernetes.ts";
import { secretVariables } from "../../infra/contracts/secret-variables.ts";
import { given } from "../roles.ts";
import type { Parts, Secrets } from "./parts.ts";

/** Where a pod has its secrets, a file each. */
export const secretsDirectory = "/run/secrets/testfarm";

/** What a role is told. */
export interface Told {
  /** Whoever may see a pod may read these. */
  readonly settings: Readonly<Record<string, Input<string>>>;
  /** Absent: it has none. */
  readonly secrets?: Secrets;
}

/** A variable that is not set is told to nobody. */
export function told(role: keyof ApplicationArgs["variables"], { args, keep }: Parts): Told {
  const set = Object.entries(given(args.variables[role]));
  const settings = Object.fromEntries(set.filter(([name]) => !secretVariables.has(name)));
  const secrets = Object.fromEntries(set.filter(([name]) => secretVariables.has(name)));
  if (Object.keys(secrets).length === 0) return { settings };
  return { settings: { ...settings, SECRETS_DIR: secretsDirectory }, secrets: keep(role, secrets) };
}
