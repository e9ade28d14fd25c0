/** Real services of this machine by TLS, as companies serve theirs, and who is to be trusted for it. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import { expect, vi } from "vitest";
import { withClient } from "../../app/backup/connection.ts";
import { atEnd } from "../support/at-end.ts";

/** For `localhost` and 127.0.0.1, with its key. */
export interface Certificate {
  /** Files. */
  readonly authority: string;
  readonly crt: string;
  readonly key: string;
}

/** By an authority that nobody trusts who is not told to. */
export function certify(openssl: string): Certificate {
  const directory = mkdtempSync(join(tmpdir(), "testfarm-tls-"));
  atEnd(() => rmSync(directory, { recursive: true }));
  const make = (name: string, ...more: string[]) => {
    const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
    const files = ["-keyout", `${name}.key`, "-out", `${name}.crt`];
    execFileSync(openssl, ["req", "-x509", ...kind, "-subj", `/CN=${name}`, ...files, ...more], {
      cwd: directory,
      stdio: "pipe",
    });
  };
  make("authority");
  const names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  make("localhost", "-CA", "authority.crt", "-CAkey", "authority.key", ...names);
  const [authority = "", crt = "", key = ""] = ["authority.crt", "localhost.crt", "localhost.key"].map(
    (name) => join(directory, name),
  );
  return { authority, crt, key };
}

/** Settings of a Redis that is reached by TLS at a port of its own. */
export const redisTls = ({ crt, key }: Certificate, port: number): string[] => [
  "--tls-port",
  `${port}`,
  "--tls-auth-clients",
  "no",
  "--tls-cert-file",
  crt,
  "--tls-key-file",
  key,
];

/**
 * Turns TLS on. PostgreSQL writes the files itself: whom it runs as may read them then, and nobody else.
 *
 * @param server its address as a superuser.
 * @param accounts that are turned away without it.
 */
export async function postgresTls(
  server: string,
  { crt, key }: Certificate,
  accounts: readonly string[],
): Promise<void> {
  await withClient(server, async (client) => {
    const { rows } = await client.query<{ data_directory: string }>("SHOW data_directory");
    const run = (program: string, input = "") =>
      client.query(
        `COPY (SELECT unnest(string_to_array('${input}', E'\\n'))) TO PROGRAM 'cd ${rows[0]!.data_directory}; ${program}'`,
      );
    for (const [name, file] of Object.entries({ "server.crt": crt, "server.key": key }))
      await run(`umask 077; cat > ${name}`, readFileSync(file, "utf8").trim());
    await run(`sed -i "1i hostnossl all ${accounts.join()} all reject" pg_hba.conf`);
    await client.query("ALTER SYSTEM SET ssl = on");
    await client.query("SELECT pg_reload_conf()");
  });
  await vi.waitFor(async () => {
    const shown = await withClient(server, (client) => client.query<{ ssl: string }>("SHOW ssl"));
    expect(shown.rows).toEqual([{ ssl: "on" }]);
  });
}

/** What a client sends who wants TLS: https://www.postgresql.org/docs/17/protocol-message-formats.html */
const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/**
 * A pooler as Supabase's: it lets nobody in without TLS, and only accounts whose names are followed by a dot and a
 * project's ref, which the server does not know of. A client has a connection of the server's for as long as its own.
 *
 * @param port of PostgreSQL on this machine.
 * @param isRef whether there is such a project.
 * @returns its own port.
 */
export async function supabasePooler(
  port: number,
  files: Certificate,
  isRef: (ref: string) => boolean,
): Promise<number> {
  const [cert, key] = [readFileSync(files.crt), readFileSync(files.key)];
  async function serve(socket: Socket): Promise<void> {
    const [wish] = (await once(socket, "data")) as [Buffer];
    if (!wish.equals(sslRequest)) throw new Error("a client that wants no TLS");
    const secure = new TLSSocket(socket, { isServer: true, cert, key });
    socket.write("S");
    const [hello] = (await once(secure, "data")) as [Buffer];
    // Length and version, four bytes each; then names and values, with a zero after each.
    const [, account = "", ref = ""] =
      /\0user\0(\w+)\.(\w+)\0/.exec(`\0${hello.subarray(8).toString()}`) ?? [];
    if (!isRef(ref)) throw new Error("an account of no project");
    const known = Buffer.from(hello.subarray(8).toString().replace(`${account}.${ref}`, account));
    const head = Buffer.from(hello.subarray(0, 8));
    head.writeUInt32BE(head.length + known.length);
    const server = connect(port, "127.0.0.1");
    server.write(Buffer.concat([head, known]));
    secure.pipe(server).pipe(secure);
    secure.on("error", () => server.destroy()).on("close", () => server.destroy());
    server.on("error", () => secure.destroy()).on("close", () => secure.destroy());
  }
  const pooler = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    serve(socket).catch(() => socket.destroy());
  });
  await once(pooler.listen(0, "localhost"), "listening");
  atEnd(() => pooler.close());
  return (pooler.address() as AddressInfo).port;
}
