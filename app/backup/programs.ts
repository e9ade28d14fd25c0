/** PostgreSQL's own programs for dumps, copies of a server and its log; and `tar`, which opens such a copy. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { withoutCredentials } from "../without-credentials.ts";

type Bytes = AsyncIterable<Uint8Array>;

/** How a program is run. */
export interface Run {
  readonly program: "pg_dump" | "pg_restore" | "pg_basebackup" | "pg_receivewal" | "tar";
  /** Its options; no secret may be among them, since every process of the machine can read them. */
  readonly options: readonly string[];
  /** The database that it connects to, with its password. Absent: it connects to none. */
  readonly url?: string;
  /** Directory of the programs. Default: they are looked for as the system does. */
  readonly directory?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What a program writes. It is ended when nobody reads on.
 *
 * @throws after the last byte when the program has failed: what it has written is then not all.
 */
export async function* outputOf(run: Run): Bytes {
  const { child, ended } = start(run, ["ignore", "pipe", "pipe"]);
  try {
    yield* child.stdout as Bytes;
    await ended;
  } finally {
    child.kill("SIGKILL");
    await ended.catch(() => undefined);
  }
}

/** Runs a program that reads. @throws when it fails, or when what it reads ends in an error. */
export async function feed(run: Run, input: Bytes): Promise<void> {
  const { child, ended } = start(run, ["pipe", "ignore", "pipe"]);
  const fed = pipeline(Readable.from(input), child.stdin!);
  const failed = ended.then(
    () => undefined,
    (error: Error) => error,
  );
  try {
    await fed;
  } catch (error) {
    // It has closed its input since it has failed by itself, and says better why.
    const isClosed = ["EPIPE", "ECONNRESET", "ERR_STREAM_PREMATURE_CLOSE"].includes(
      (error as NodeJS.ErrnoException).code ?? "",
    );
    if (!isClosed) child.kill("SIGKILL");
    throw (isClosed && (await failed)) || error;
  } finally {
    await failed;
  }
  await ended;
}

/** Runs a program that goes on until it is told to end. @throws when it ends by itself. */
export async function runUntil(stop: AbortSignal, run: Run): Promise<void> {
  const { child, ended } = start(run, ["ignore", "ignore", "pipe"]);
  const end = () => child.kill("SIGTERM");
  stop.addEventListener("abort", end, { once: true });
  if (stop.aborted) end();
  try {
    await ended;
    if (!stop.aborted) throw new Error(`${run.program} has ended by itself.`);
  } catch (error) {
    if (!stop.aborted) throw error;
  } finally {
    stop.removeEventListener("abort", end);
  }
}

function start({ program, options, url, directory, signal }: Run, stdio: ("ignore" | "pipe")[]) {
  const file = directory === undefined ? program : join(directory, program);
  const child = spawn(file, options, {
    env: url === undefined ? {} : connectionOf(url),
    stdio,
    ...(signal && { signal }),
  });
  const ended = endOf(program, child);
  // Whoever awaits it hears of it, maybe later than it happens.
  ended.catch(() => undefined);
  return { child, ended };
}

/** libpq's variables (https://www.postgresql.org/docs/17/libpq-envars.html): of a command line all could read the password. */
function connectionOf(url: string): NodeJS.ProcessEnv {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  const mode = searchParams.get("sslmode");
  return {
    PGHOST: decodeURIComponent(hostname.replaceAll(/[[\]]/g, "")),
    PGPORT: port || "5432",
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: decodeURIComponent(pathname.slice(1)),
    PGCONNECT_TIMEOUT: "10",
    // Node's own word for a certificate that is not looked at.
    ...(mode !== null && { PGSSLMODE: mode === "no-verify" ? "require" : mode }),
  };
}

async function endOf(program: string, child: ChildProcess): Promise<void> {
  let said = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-10_000);
  });
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  if (code === 0) return;
  const how = code === null ? `was ended by ${signal}` : `ended with ${code}`;
  throw new Error([`${program} ${how}`, ...reasonsIn(said, program)].join("\n"));
}

/** Without the lines that quote rows of a table: `CONTEXT: COPY personas, line 1: "..."`. */
const reasonsIn = (said: string, program: string): string[] =>
  withoutCredentials(said)
    .split("\n")
    .filter((line) => line.startsWith(`${program}: `) && !line.includes("creating "))
    .slice(-5);
