import { openAccess } from "../access/index.ts";
import { restoreMoment } from "../access/restore-moment.ts";
import { runRole } from "../access/run-role.ts";
import { AccessError } from "../contracts/access.ts";
import { operate } from "./operator.ts";
import { readArguments, UsageError } from "./usage.ts";

const help = `npm run restore -- <stack> latest | <backup> | --at <time> | --list | --back <database>
                                   | --drop <database>

Restores a backup of the stack's database in a container beside its services: beside the database that is served, which it
takes the place of once it is as it was backed up. What was served until then is kept under another name.

  latest, <backup>   the newest backup, or one that --list names
  --at <time>        the database as it was then, such as 2026-11-25T10:15:00Z: with backup.pointInTime only
  --list             lists the backups
  --back <database>  serves a database again that was kept, and keeps the one that is served until then
  --drop <database>  drops a database that was kept
  --help             this text

It takes the pulumi on the PATH, with your login and passphrase. It ends with 0, with 1 when it fails, which leaves what is
served as it was, with 2 when the command is wrong or the stack cannot be reached, with 130 after Ctrl-C.
`;

async function main(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    at: { type: "string" },
    list: { type: "boolean" },
    back: { type: "string" },
    drop: { type: "string" },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const [stack, ...wishes] = positionals;
  if (!stack) throw new UsageError("name a stack, such as mvp");
  const { at, back, drop, list } = values;
  const asked = [
    ...wishes,
    ...(at === undefined ? [] : [`--at=${at}`]),
    ...(list ? ["--list"] : []),
    ...(back === undefined ? [] : [`--back=${back}`]),
    ...(drop === undefined ? [] : [`--drop=${drop}`]),
  ];
  if (asked.length !== 1)
    throw new UsageError("say one thing that is to be done: latest, the name of a backup, or an option");
  const open = await openAccess(stack);
  if (open.outputs["BACKUP_BUCKET"] === "")
    throw new AccessError(`Stack ${stack} has no backups: testfarm:backup is not set. See docs/backup.md.`);
  return at === undefined ? runRole(open, "restore", asked) : restoreMoment(open, at);
}

await operate(help, main);
