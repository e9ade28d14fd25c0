/**
 * `npm run engine -- [--docker] <pulumi arguments>`: the real engine by hand, against the stand-ins of the tests; with
 * `--docker` containers are real ones, on the Docker engine that the stack names.
 */
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openEngine, projectRoot } from "./engine.ts";
import { cacheDirectory } from "../support/go-program.ts";
import { pulumiCli } from "./find-cli.ts";

const hasDocker = process.argv[2] === "--docker";
const args = process.argv.slice(hasDocker ? 3 : 2);
const cli = await pulumiCli.find();
if (cli === undefined) {
  console.error(`There is no ${pulumiCli.name}. ${pulumiCli.needs}`);
  process.exit(1);
}
const checkout = createHash("sha256").update(projectRoot).digest("hex").slice(0, 8);
const directory = join(cacheDirectory(), "engine-state", checkout);
mkdirSync(directory, { recursive: true });
const made = hasDocker ? "of what they make only containers are real" : "nothing real is made";
console.error(`Providers are stand-ins: ${made}. The state is in ${directory}.`);

const passphrase = process.env["PULUMI_CONFIG_PASSPHRASE"];
const engine = openEngine(cli, directory, {
  hasDocker,
  stdio: "inherit",
  ...(passphrase !== undefined && { passphrase }),
});
const { stack } = parseArgs({
  args,
  strict: false,
  options: { stack: { type: "string", short: "s" } },
}).values;
if (typeof stack === "string") await engine.createStack(stack);

// Ctrl-C reaches the engine too, which ends what it has begun; this process waits for it.
process.on("SIGINT", () => {});
const { code } = await engine.run(args, configOf(stack));
process.exitCode = code ?? 1;

/**
 * A copy of the stack's file, made anew for each run: the engine writes its salt and the values of `-c` into it, and
 * the checkout stays as it is.
 */
function configOf(name: typeof stack): string | undefined {
  const file = `Pulumi.${String(name)}.yaml`;
  if (!existsSync(join(projectRoot, file))) return undefined;
  copyFileSync(join(projectRoot, file), join(directory, file));
  return join(directory, file);
}
