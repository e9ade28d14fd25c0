import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { untilInterrupted } from "../access/run-role.ts";
import { AccessError } from "../contracts/access.ts";
import { readProject } from "../plan/project.ts";
import { importOldDatabase, type ImportOptions } from "../promotion/sqlite/import.ts";
import { jsonReport } from "../promotion/sqlite/json.ts";
import { assumedMapping, MappingError, mappingFrom } from "../promotion/sqlite/mapping.ts";
import { reportText } from "../promotion/sqlite/text.ts";
import { CommitUnknown } from "../promotion/sqlite/write.ts";
import { operate } from "./operator.ts";
import { readArguments, UsageError } from "./usage.ts";

const embedded = "embedded";

const help = `npm run import:sqlite -- <file> [--stack <stack>] [--dry-run] [--screenshots <directory>] [--passwords <file>]
                                 [--mapping <file>] [--organization <name>] [--json]
npm run import:sqlite -- --print-mapping

Takes the database of the old single-process product into an installation that nobody has used yet. All of it is checked
before any of it is written, and compared afterwards. The same command goes on where an earlier one was ended.

  --stack <stack>            where to. Default: ${embedded}, the installation of this machine, which must not run
  --dry-run                  checks everything, lists what does not fit, and writes nothing
  --screenshots <directory>  where the paths of screenshots begin that the old database names
  --passwords <file>         gets a first password of each user, and must not be there yet. Needed with a stack: passwords
                             cannot be taken along. Until the import is done it has a number behind its name
  --mapping <file>           JSON or YAML: what the old tables and columns are. Default: what is assumed
  --print-mapping            prints what is assumed, to be edited
  --organization <name>      of the organization that is made for all of it. Default: TestFarm
  --json                     prints what came of it as JSON, with each row that does not fit
  --help                     this text

With a stack it takes the pulumi on the PATH, with your login and passphrase. It ends with 0, with 1 when something does not
fit or failed, with 2 when the command is wrong or the stack cannot be reached, with 130 after Ctrl-C.
`;

async function main(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    stack: { type: "string", default: embedded },
    "dry-run": { type: "boolean", default: false },
    screenshots: { type: "string" },
    passwords: { type: "string" },
    mapping: { type: "string" },
    "print-mapping": { type: "boolean" },
    organization: { type: "string", default: "TestFarm" },
    json: { type: "boolean" },
  });
  if (values.help || values["print-mapping"]) {
    process.stdout.write(values.help ? help : assumedMapping());
    return 0;
  }
  const [file, ...more] = positionals;
  if (file === undefined) throw new UsageError("name the old product's database, such as old.db");
  if (more.length > 0) throw new UsageError(`"${more.join(" ")}" is too much; one database is imported`);
  const { stack, screenshots, passwords, organization, "dry-run": isDryRun } = values;
  checkPaths({ file, screenshots, passwords });
  if (organization.trim() === "") throw new UsageError("--organization is empty; give it a name");
  if (stack !== embedded && !isDryRun && passwords === undefined)
    throw new UsageError(
      "say with --passwords which file gets a first password of each user: without one nobody could sign in",
    );
  const options: ImportOptions = {
    file: resolve(file),
    mapping: readMapping(values.mapping),
    screenshots,
    organization: organization.trim(),
    openTarget: openerOf(stack, isDryRun),
    isDryRun,
    passwords,
    screen: process.stderr,
  };
  const ended = { code: 0 };
  await untilInterrupted(async (signal) => (ended.code = await run(options, values.json ?? false, signal)));
  // Ctrl-C may come when all is done.
  return ended.code;
}

/** Of this machine's installation a dry run would have to make the database. */
function openerOf(stack: string, isDryRun: boolean): ImportOptions["openTarget"] {
  if (stack === embedded)
    return isDryRun ? undefined : async () => (await import("../promotion/sides/embedded.ts")).openEmbedded();
  const project = readProject(process.cwd());
  if (!project)
    throw new UsageError(`${process.cwd()} holds no Pulumi.yaml; run it in the project's directory`);
  return async () => (await import("../promotion/sides/stack.ts")).openStackSide(project, stack);
}

function checkPaths({
  file,
  screenshots,
  passwords,
}: Readonly<Record<"file", string> & Record<"screenshots" | "passwords", string | undefined>>): void {
  if (!existsSync(file)) throw new UsageError(`there is no file "${file}"`);
  if (screenshots !== undefined && !statSync(screenshots, { throwIfNoEntry: false })?.isDirectory())
    throw new UsageError(`--screenshots is "${screenshots}"; there is no such directory`);
  if (passwords === undefined) return;
  if (existsSync(passwords))
    throw new UsageError(`--passwords is "${passwords}"; there is such a file already. Move it away`);
  const parent = dirname(resolve(passwords));
  if (!isWritable(parent))
    throw new UsageError(`--passwords is "${passwords}"; ${parent} is no directory that can be written to`);
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
    return statSync(directory).isDirectory();
  } catch {
    return false;
  }
}

function readMapping(file: string | undefined): ImportOptions["mapping"] {
  try {
    return mappingFrom(file);
  } catch (error) {
    if (error instanceof MappingError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

const write = (text: string) => process.stdout.write(text);

async function run(options: ImportOptions, isJson: boolean, signal: AbortSignal): Promise<number> {
  const json = isJson ? jsonReport(write) : undefined;
  let isBegun = false;
  const onBegun = () => void (isBegun = true);
  const goesOn = "The same command goes on from here.\n";
  try {
    const report = await importOldDatabase({ ...options, onProblem: json?.problem, onBegun }, signal);
    const { isDryRun, passwords } = options;
    if (json) json.end(report);
    else write(reportText(report, { isDryRun, hasPasswords: passwords !== undefined }));
    return report.outcome === "checked" || report.outcome === "imported" ? 0 : 1;
  } catch (error) {
    if (signal.aborted && !(error instanceof CommitUnknown)) {
      process.stderr.write(`Ended. ${isBegun ? goesOn : "Nothing was written.\n"}`);
      return 130;
    }
    if (error instanceof AccessError) throw error;
    process.stderr.write(`${(error as Error).message}\n${isBegun ? goesOn : ""}`);
    return 1;
  }
}

await operate(help, main);
