/** `npm run doctor`: asks everything that the environment names whether it is as the application needs it. */
import { colours } from "./colours.ts";
import { chromiumChecks } from "../doctor/chromium.ts";
import type { Finding } from "../doctor/check.ts";
import { EnvError, readEnv } from "../env.ts";
import { addressesOf } from "../services.ts";
import { storages } from "../storage/index.ts";

const help = `npm run doctor

Asks the services that the environment names (DATABASE_URL, REDIS_URL, S3_BUCKET, ...) and this machine's Chromium
whether they are as the application needs them. Each line says what is wrong and how to mend it.

It ends with 0, with 1 when something is bad, with 2 when the command or the environment is wrong.
`;

const marks: Readonly<Record<Finding["state"], string>> = {
  good: colours.green("✓"),
  warning: colours.yellow("!"),
  bad: colours.red("✗"),
};

async function examine(): Promise<readonly Finding[]> {
  const env = readEnv("all");
  const chromium =
    env.BROWSER_URL === undefined ? [chromiumChecks(env.PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH)] : [];
  return (await Promise.all([...servicesOf(env), ...chromium])).flat();
}

function servicesOf(env: ReturnType<typeof readEnv<"all">>): Promise<Finding | Finding[]>[] {
  const { DATABASE_URL } = env;
  if (DATABASE_URL === undefined) return [];
  const addresses = addressesOf({ ...env, DATABASE_URL, STORAGE_DIR: env.STORAGE_DIR ?? env.TESTFARM_HOME });
  const { redis } = addresses;
  return [
    import("../doctor/database.ts").then(({ databaseChecks }) => databaseChecks(addresses)),
    ...(redis ? [import("../doctor/redis.ts").then(({ redisCheck }) => redisCheck(redis))] : []),
    import("../doctor/storage.ts").then(({ storageCheck }) =>
      storageCheck(async () =>
        addresses.bucket ? storages.s3(addresses.bucket) : storages.disk(addresses.storageDirectory),
      ),
    ),
  ];
}

function describe({ name, state, says, fix }: Finding): string {
  const line = `${marks[state]} ${colours.bold(name)}: ${says}`;
  return fix === undefined ? line : `${line}\n  ${fix}`;
}

const [argument] = process.argv.slice(2);
if (argument === "--help") {
  console.log(help);
} else if (argument !== undefined) {
  console.error(`"${argument}" is too much; doctor takes no argument\n\n${help}`);
  process.exitCode = 2;
} else {
  try {
    const findings = await examine();
    console.log(findings.map(describe).join("\n"));
    if (findings.some(({ state }) => state === "bad")) process.exitCode = 1;
  } catch (error) {
    if (!(error instanceof EnvError)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
}
