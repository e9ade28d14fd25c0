import { pino } from "pino";
import { EnvError, readEnv, roles } from "./env.ts";
import type { Role } from "./env.ts";

/** Ends the process when an orderly end takes longer. Milliseconds. */
const deadline = 20_000;

interface Running {
  close(): Promise<void>;
}

/** Each role loads only what it runs; `undefined` means that there is nothing left to do. */
const starters: Record<Role, () => Promise<Running | undefined>> = {
  async all() {
    const { startRole } = await import("./embedded/role.ts");
    return startRole(readEnv("all"));
  },
  async api() {
    const env = readEnv("api");
    const { startRole } = await import("./api/role.ts");
    return startRole(env, createLog("api", env.LOG_LEVEL));
  },
  async worker() {
    const env = readEnv("worker");
    const { startRole } = await import("./worker/role.ts");
    return startRole(env, createLog("worker", env.LOG_LEVEL));
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
    await migrate(env.DATABASE_ADMIN_URL);
    createLog("migrate", env.LOG_LEVEL).info("the database is up to date");
    return undefined;
  },
};

const createLog = (role: Role, level = "info") => pino({ level, base: { role } });

const [role, ...rest] = process.argv.slice(2);
const isRole = (name: string | undefined): name is Role => roles.includes(name as Role);

if (!isRole(role) || rest.length > 0) {
  refuse(`Usage: node --import tsx app/main.ts <role>\nRoles: ${roles.join(", ")}`);
} else {
  await start(role);
}

function refuse(message: string): void {
  console.error(message);
  process.exitCode = 2;
}

async function start(name: Role): Promise<void> {
  // Ctrl-C reaches this process twice under npm, so a repeated signal is no wish for haste; the deadline is.
  const signalled = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve());
  });
  void signalled.then(() => setTimeout(giveUp, deadline).unref());
  try {
    const running = await starters[name]();
    if (running) {
      await signalled;
      await running.close();
    }
    process.exit();
  } catch (error) {
    console.error(error instanceof EnvError ? error.message : error);
    process.exit(1);
  }
}

function giveUp(): never {
  console.error(`Not everything ended within ${deadline / 1000} s; leaving it.`);
  process.exit(1);
}
