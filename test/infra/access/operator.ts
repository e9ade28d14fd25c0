/** An operator's command as a process of its own: runs the role `smoke` on the stack whose output `ACCESS` is its argument. */
import { readByOperators } from "../../../app/env/roles.ts";
import { dockerAccess } from "../../../infra/access/docker.ts";
import { runRole } from "../../../infra/access/run-role.ts";
import type { DockerAccess } from "../../../infra/contracts/access.ts";

const [described = "", ...args] = process.argv.slice(2);
const access = await dockerAccess(JSON.parse(described) as DockerAccess);
if (args[0] === "read")
  process.exit(
    await access.run({ role: "smoke", args, variables: {}, input: process.stdin, output: process }),
  );
const outputs = Object.fromEntries(readByOperators.smoke.map((name) => [name, ""]));
process.exit(await runRole({ name: "test", outputs, access }, "smoke", args));
