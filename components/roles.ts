/** What every company is told of the roles of the application's image. */
import type { Input } from "@pulumi/pulumi";
import type { ServiceArgs } from "../infra/contracts/managed.ts";

export type Role = keyof ServiceArgs["variables"];

/** In place of the image's entry point and command, which are the same for the role `api`. */
export const commandOf = (role: Role): string => `tini -- node dist/app/main.js ${role}`;

/** Answers 200 once a process has what it cannot serve without, and 503 again when it has to go. */
export const readyPath = "/readyz";

/** Seconds that a process may take to end: a worker finishes the step that it is at, and gives up after 25. */
export const grace = 40;

/** Those that have a value: one without is read as absent, and what companies make of it is not written anywhere. */
export const given = (variables: Readonly<Record<string, Input<string>>>): Record<string, Input<string>> =>
  Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ""));
