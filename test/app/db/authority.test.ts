import { execFileSync } from "node:child_process";
import { randomUUID, X509Certificate } from "node:crypto";
import dns from "node:dns";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { withClient } from "../../../app/backup/connection.ts";
import { withAuthority } from "../../../app/db/authority.ts";
import { startPostgres } from "../../../app/embedded/postgres.ts";
import { readEnv } from "../../../app/env.ts";
import { regions } from "../../../infra/kubernetes/regions.ts";
import { atEnd } from "../../support/at-end.ts";
import { openssl } from "../../support/programs.ts";
import { describeWith } from "../../support/services.ts";

const pooler = "aws-1-eu-central-1.pooler.supabase.com";
const url = `postgres://app.abcdefghijklmnopqrst:p%40ss@${pooler}:6543/postgres?sslmode=verify-full`;
const trustedBy = (address: string) => new URL(address).searchParams.get("sslrootcert");

const rootsFor = async (address: string): Promise<X509Certificate[]> => {
  const text = await readFile(trustedBy(withAuthority(address))!, "utf8");
  return text.match(/-----BEGIN[^]+?-----END.+/g)!.map((root) => new X509Certificate(root));
};

describe("a database at Supabase", () => {
  test("is trusted by Supabase's own two roots, which are good for years", async () => {
    const certificates = await rootsFor(url);
    expect(certificates.map(({ fingerprint256 }) => fingerprint256)).toEqual([
      "80:70:25:AD:50:D4:ED:21:9D:2C:9C:7D:29:9C:00:4F:82:4E:B0:0C:F7:F6:5A:FE:F6:07:D0:7B:72:E6:CA:FA",
      "5F:9B:77:95:1A:7A:A1:30:3F:9B:58:EE:A9:BF:A8:9E:35:8C:FD:C1:5F:97:86:FF:10:D4:93:0A:72:2C:9A:E2",
    ]);
    for (const { validTo } of certificates)
      expect(new Date(validTo).getTime()).toBeGreaterThan(new Date("2031-01-01").getTime());
  });

  test("keeps the rest of its address, in every role's environment", () => {
    const { DATABASE_ADMIN_URL, DATABASE_DIRECT_URL } = readEnv("migrate", {
      DATABASE_ADMIN_URL: url,
      DATABASE_DIRECT_URL: url.replace(pooler, "db.abcdefghijklmnopqrst.supabase.co"),
    });
    expect(DATABASE_ADMIN_URL.startsWith(`${url}&sslrootcert=`)).toBe(true);
    expect(trustedBy(DATABASE_DIRECT_URL!)).toBe(trustedBy(DATABASE_ADMIN_URL));
  });
});

describe("a database at Amazon RDS", () => {
  const address =
    "postgres://app:word@farm.abc123.eu-south-2.rds.amazonaws.com:5432/testfarm?sslmode=verify-full";

  test("is trusted by Amazon's own root of its region, which is good for decades", async () => {
    const certificates = await rootsFor(address);
    const fingerprints = new Map(
      certificates.map(({ subject, fingerprint256 }) => [/CN=(.+)/.exec(subject)?.[1], fingerprint256]),
    );
    expect(
      Object.values(regions.eks).map((region) => [
        region,
        fingerprints.get(`Amazon RDS ${region} Root CA RSA2048 G1`),
      ]),
    ).toEqual([
      [
        "eu-south-2",
        "07:3D:43:D9:8B:8C:A4:44:4B:73:21:FF:98:87:52:5C:78:04:A7:69:30:77:0B:2A:20:2A:CA:58:2C:AA:23:4D",
      ],
      [
        "eu-central-1",
        "3D:8B:08:A7:39:0C:9B:10:D1:90:A6:B3:49:D7:03:AE:00:BA:E4:65:83:64:33:19:C7:FA:CC:F3:E5:DC:4A:8B",
      ],
      [
        "us-east-1",
        "E4:CE:41:D0:69:F4:BD:CD:B7:14:25:90:58:96:1E:E4:2E:D1:8C:F2:BF:62:7A:3D:64:7A:FF:25:43:7D:4B:68",
      ],
      [
        "ap-southeast-1",
        "29:94:DD:35:0D:A7:FC:30:A1:C9:A9:53:03:77:3F:3F:38:1B:A9:2A:F9:80:5E:49:47:D6:F9:96:3B:77:0B:80",
      ],
    ]);
    for (const { validTo, ca } of certificates) {
      expect(ca).toBe(true);
      expect(new Date(validTo).getTime()).toBeGreaterThan(new Date("2061-01-01").getTime());
    }
  });

  test("keeps the rest of its address", () => {
    expect(withAuthority(address).startsWith(`${address}&sslrootcert=`)).toBe(true);
  });
});

test.each([
  "postgres://app:word@ep-calm-mole.eu-central-1.aws.neon.tech/testfarm?sslmode=verify-full",
  "postgres://app:word@postgres:5432/testfarm",
  "postgres://app:word@supabase.com.example.org/testfarm",
  "postgres://app:word@notsupabase.com/testfarm",
  "postgres://app:word@farm.rds.amazonaws.com.example.org/testfarm",
  `${url}&sslrootcert=/own.crt`,
])("%s is opened as it says", (address) => {
  expect(withAuthority(address)).toBe(address);
});

/** Of a server whose certificate is an authority's own, for the pooler's name. */
await describeWith(openssl, "a server that calls itself Supabase's pooler", (program) => {
  const at = { port: "", password: randomUUID(), ca: "" };
  const address = (host = pooler, more = "") =>
    withAuthority(
      `postgres://testfarm:${at.password}@${host}:${at.port}/testfarm?sslmode=verify-full${more}`,
    );
  beforeAll(async () => {
    const directory = await mkdtemp(join(tmpdir(), "testfarm-postgres-"));
    const server = await startPostgres({ directory, password: at.password });
    atEnd(() => rm(directory, { recursive: true }));
    atEnd(() => server.stop());
    at.port = new URL(server.url).port;
    at.ca = join(directory, "ca.crt");
    await serveTls(server.url, certify(program, directory));
    const { lookup } = dns;
    vi.spyOn(dns, "lookup").mockImplementation(((name: string, ...others: [dns.LookupOptions, never]) =>
      lookup(name.endsWith(".supabase.com") ? "127.0.0.1" : name, ...others)) as typeof dns.lookup);
  });

  test("is refused, since it is another authority that says so", async () => {
    await expect(isOpen(address())).rejects.toThrow(/self-signed certificate in certificate chain|unable to/);
  });

  test("is taken by who names that authority, under its own name only", async () => {
    const more = `&sslrootcert=${at.ca}`;
    expect(await isOpen(address(pooler, more))).toEqual({ ssl: true });
    const other = "aws-1-eu-central-2.pooler.supabase.com";
    await expect(isOpen(address(other, more))).rejects.toThrow(/does not match certificate's altnames/);
  });
});

/** Whether the connection has TLS, as the server sees it. */
const isOpen = (to: string) =>
  withClient(to, async (client) => {
    const { rows } = await client.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
    return rows[0];
  });

/** @returns files of a certificate for the pooler's name and of its key, as text. */
function certify(program: string, directory: string): Readonly<Record<"crt" | "key", string>> {
  const call = (...args: string[]) =>
    execFileSync(program, args, { cwd: directory, encoding: "utf8", stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  call(
    "req",
    "-x509",
    ...key,
    "-keyout",
    "ca.key",
    "-out",
    "ca.crt",
    "-subj",
    "/CN=Supabase Root 2021 CA",
    "-days",
    "2",
  );
  const name = ["-subj", "/CN=pooler", "-addext", `subjectAltName=DNS:${pooler}`];
  call("req", ...key, "-keyout", "server.key", "-out", "server.csr", ...name);
  const signed = [
    "-CA",
    "ca.crt",
    "-CAkey",
    "ca.key",
    "-CAcreateserial",
    "-copy_extensions",
    "copy",
    "-days",
    "2",
  ];
  return {
    crt: call("x509", "-req", "-in", "server.csr", ...signed) + call("x509", "-in", "ca.crt"),
    key: call("pkey", "-in", "server.key"),
  };
}

/** The server writes the files itself: whom it runs as may read them then, and nobody else. */
async function serveTls(server: string, files: Readonly<Record<"crt" | "key", string>>): Promise<void> {
  await withClient(server, async (client) => {
    const { rows } = await client.query<{ data_directory: string }>("SHOW data_directory");
    for (const [extension, text] of Object.entries(files))
      await client.query(
        `COPY (SELECT unnest(string_to_array('${text.trim()}', E'\\n'))) TO PROGRAM 'umask 077; cat > ${rows[0]!.data_directory}/server.${extension}'`,
      );
    await client.query("ALTER SYSTEM SET ssl = on");
    await client.query("SELECT pg_reload_conf()");
  });
  await vi.waitFor(async () => {
    const shown = await withClient(server, (client) => client.query<{ ssl: string }>("SHOW ssl"));
    expect(shown.rows).toEqual([{ ssl: "on" }]);
  });
}
