import type { Logger } from "pino";
import { EnvError, readEnv, roles } from "./env.ts";
import type { Role } from "./env.ts";
import { describeError } from "./telemetry/error.ts";
import { createLog } from "./telemetry/log.ts";
import { startTracing, type TracingSettings } from "./telemetry/tracing.ts";

/** Ends the process when an orderly end takes longer. Milliseconds. */
const deadline = 25_000;

interface Running {
  close(): Promise<void>;
}

/** Each role loads only what it runs; `undefined` means that there is nothing left to do. */
const starters: Record<Role, (args: readonly string[]) => Promise<Running | undefined>> = {
  async all() {
    const env = readEnv("all");
    const { startRole } = await import("./embedded/role.ts");
    return traced("all", env, console.warn, () => startRole(env));
  },
  async api() {
    const env = readEnv("api");
    const { startRole } = await import("./api/role.ts");
    const log = createLog("api", env.LOG_LEVEL);
    return traced("api", env, warnOn(log), () => startRole(env, log));
  },
  async worker() {
    const env = readEnv("worker");
    const { startRole } = await import("./worker/role.ts");
    const log = createLog("worker", env.LOG_LEVEL);
    return traced("worker", env, warnOn(log), () => startRole(env, log));
  },
  async browser() {
    const env = readEnv("browser");
    const { startRole } = await import("./browser/role.ts");
    return startRole(env, createLog("browser", env.LOG_LEVEL));
  },
  async egress() {
    const env = readEnv("egress");
    const { startRole } = await import("./egress/role.ts");
    return startRole(env, createLog("egress", env.LOG_LEVEL));
  },
  async migrate() {
    const env = readEnv("migrate");
    const { migrate } = await import("./db/migrate.ts");
    await migrate(env.DATABASE_ADMIN_URL, {
      serviceUrl: env.DATABASE_DIRECT_URL,
      backupUrl: env.BACKUP_DATABASE_URL,
      pointInTime: env.BACKUP_POINT_IN_TIME,
    });
    createLog("migrate", env.LOG_LEVEL).info("the database is up to date");
    return undefined;
  },
  async backup(args) {
    const env = readEnv("backup");
    if (args.length > 0) {
      const { backUpOnce } = await import("./backup/now.ts");
      await backUpOnce(env, args);
      return undefined;
    }
    const { startRole } = await import("./backup/role.ts");
    return startRole(env, createLog("backup", env.LOG_LEVEL));
  },
  async restore(args) {
    const env = readEnv("restore");
    const { restore } = await import("./backup/restore.ts");
    await restore(env, args);
    return undefined;
  },
  async smoke(args) {
    const env = readEnv("smoke");
    const { smoke } = await import("./smoke/smoke.ts");
    await smoke(env, args);
    return undefined;
  },
  async objects() {
    const env = readEnv("objects");
    const { serveObjects } = await import("./objects/role.ts");
    await serveObjects(env);
    return undefined;
  },
};

/** Sends the role's traces until it has ended. Only roles do that hold secrets anyway: the collector's is one. */
async function traced(
  role: Role,
  settings: TracingSettings,
  warn: (message: string) => void,
  startRole: () => Promise<Running | undefined>,
): Promise<Running | undefined> {
  const tracing = await startTracing(role, settings, warn);
  const running = await startRole();
  return running && { close: () => running.close().finally(tracing.close) };
}

const warnOn = (log: Logger) => (message: string) => log.warn(message);

const [role, ...rest] = process.argv.slice(2);
const isRole = (name: string | undefined): name is Role => roles.includes(name as Role);
const takeArguments: readonly Role[] = ["backup", "restore", "smoke"];

if (!isRole(role) || (rest.length > 0 && !takeArguments.includes(role))) {
  refuse(`Usage: node --import tsx app/main.ts <role>\nRoles: ${roles.join(", ")}`);
} else {
  await start(role, rest);
}

function refuse(message: string): void {
  console.error(message);
  process.exitCode = 2;
}

async function start(name: Role, args: readonly string[]): Promise<void> {
  // Ctrl-C reaches this process twice under npm, so a repeated signal is no wish for haste; the deadline is.
  const signalled = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve());
  });
  void signalled.then(() => setTimeout(giveUp, deadline).unref());
  process.on("uncaughtException", fail);
  try {
    const running = await starters[name](args);
    if (running) {
      await signalled;
      await running.close();
    }
    process.exit();
  } catch (error) {
    fail(error);
  }
}

/** Says no more of an error than a log would: what Node prints by itself includes all that hangs on it. */
function fail(error: unknown): never {
  console.error(error instanceof EnvError ? error.message : describeError(error));
  process.exit(1);
}

function giveUp(): never {
  console.error(`Not everything ended within ${deadline / 1000} s; leaving it.`);
  process.exit(1);
}
