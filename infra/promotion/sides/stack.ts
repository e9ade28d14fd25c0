import { withAuthority } from "../../../app/db/authority.ts";
import { isInside } from "../../../app/storage/contract.ts";
import { storages } from "../../../app/storage/index.ts";
import { bucketOf } from "../../../app/storage/settings.ts";
import { openAccess, type OpenStack } from "../../access/index.ts";
import { outdated } from "../../access/outputs.ts";
import { variablesOf } from "../../access/role-variables.ts";
import { readStackFile } from "../../config/file.ts";
import { parseConfig } from "../../config/parse.ts";
import { AccessError } from "../../contracts/access.ts";
import { type Project, stackFile } from "../../plan/project.ts";
import { capabilities, kindOf } from "../capabilities.ts";
import type { Side } from "../contract.ts";
import { storeBeside } from "../objects/beside.ts";
import type { ObjectStore } from "../objects/contract.ts";
import { storeOf } from "../objects/store.ts";
import { bucketVariables } from "./bucket.ts";
import { closing } from "./closing.ts";

/**
 * A stack that is up.
 *
 * @param address where the other side's server reaches its database: host and port. Default: where everybody does, if so.
 * @throws {AccessError} when it cannot be reached.
 */
export const openStackSide = (project: Project, name: string, address?: string): Promise<Side> =>
  closing(async (closers) => {
    const stack = await openAccess(name);
    const { DATABASE_ADMIN_URL: url, FRONTEND_URL = "" } = stack.outputs;
    if (url === undefined) throw new AccessError(outdated(name, "DATABASE_ADMIN_URL"));
    const config = parseConfig(readStackFile(stackFile(project, name), project.name));
    const kind = kindOf(config, url);
    const database = await stack.access.forward(withAuthority(url));
    closers.push(() => database.close());
    return {
      name,
      kind,
      databaseUrl: database.url,
      dialUrl:
        address !== undefined
          ? Object.assign(new URL(url), { host: address }).href
          : capabilities[kind].isPublic
            ? url
            : undefined,
      objects: await openObjects(stack, closers),
      url: FRONTEND_URL,
    };
  });

/** A bucket is reached from here, what only the stack reaches by a role beside it. */
async function openObjects(stack: OpenStack, closers: (() => Promise<void>)[]): Promise<ObjectStore> {
  const bucket = bucketOf(bucketVariables.parse(stack.outputs));
  if (bucket !== undefined && !isInside(bucket)) return storeOf(await storages.s3(bucket));
  const store = storeBeside(stack.access, variablesOf(stack, "objects"));
  closers.push(() => store.close());
  return store;
}
