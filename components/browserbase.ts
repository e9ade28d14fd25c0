import type { Accounts } from "../infra/contracts/managed.ts";
import { resourceClass } from "./provider/vendor/program.ts";
import { project } from "./provider/vendors/browserbase.ts";

const Project = resourceClass("browserbase", "Project", project);

/**
 * The project at Browserbase in which sessions run. It is only looked up: its API makes none
 * (https://docs.browserbase.com/reference/api/list-projects, 2026-11-26). What takes the project's id from here waits until it
 * is known to be there.
 *
 * `pulumi up` fails where the key does not open the project, or its plan allows fewer sessions at the same time. The plan
 * is looked at when the stack is made, when `sessions` changes, and after such a failure.
 *
 * @param args.project its id.
 * @param args.sessions at the same time, of all workers.
 */
export const browserbase = (
  accounts: Pick<Accounts, "at">,
  args: { readonly project: string; readonly sessions: number },
): InstanceType<typeof Project> => new Project("browserbase", args, { provider: accounts.at("browserbase") });
