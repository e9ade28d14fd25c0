/** The application in processes of its own, with what a stack tells and nothing else. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { reads } from "../../infra/contracts/role-variables.ts";
import { startRole } from "../support/role-process.ts";

type Variables = Readonly<Record<string, string>>;

/** What a role is given of a stack's outputs. */
export const variablesOf = (role: keyof typeof reads, outputs: Variables): Variables =>
  Object.fromEntries(Object.keys(reads[role]).map((name) => [name, outputs[name]!]));

/**
 * Migrates the database, then starts an API and a worker, each on a free port in place of the one that they have in a
 * container.
 *
 * @param machine what is a matter of the machine: whom it trusts, how it reaches the world.
 * @returns where the API is.
 */
export async function startApplication(outputs: Variables, machine: Variables): Promise<string> {
  const bare = { PATH: process.env["PATH"], HOME: process.env["HOME"], ...machine };
  await promisify(execFile)(process.execPath, ["--import", "tsx", "app/main.ts", "migrate"], {
    env: { ...bare, ...variablesOf("migrate", outputs) },
  });
  const start = (role: "api" | "worker") => {
    const { PORT: _, ...variables } = variablesOf(role, outputs);
    return startRole(role, variables, bare);
  };
  const [api] = await Promise.all([start("api"), start("worker")]);
  return api.url;
}
