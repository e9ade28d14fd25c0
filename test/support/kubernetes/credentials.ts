import { execFile } from "node:child_process";
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Of one API server. All but the token are paths. */
export interface Credentials {
  /** Of an administrator. */
  readonly token: string;
  readonly tokens: string;
  /** By which tokens of service accounts are signed and known. */
  readonly accounts: { readonly publicKey: string; readonly privateKey: string };
  /** By which a server that serves a part of the API knows that a request comes from the API server. */
  readonly frontProxy: { readonly certificate: string; readonly key: string };
}

export async function makeCredentials(openssl: string, directory: string): Promise<Credentials> {
  const file = (name: string, content: string): string => {
    writeFileSync(join(directory, name), content, { mode: 0o600 });
    return join(directory, name);
  };
  const token = randomUUID();
  const keys = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "sec1", format: "pem" },
  });
  const [certificate, key] = [join(directory, "front-proxy.crt"), join(directory, "front-proxy.key")];
  // It is its own authority: nobody else has to be known by it.
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  const use = ["-subj", "/CN=front-proxy", "-addext", "extendedKeyUsage=clientAuth"];
  await run(openssl, ["req", "-x509", ...kind, ...use, "-keyout", key, "-out", certificate]);
  return {
    token,
    tokens: file("tokens.csv", `${token},admin,admin,"system:masters"\n`),
    accounts: {
      publicKey: file("accounts.pub", keys.publicKey),
      privateKey: file("accounts.key", keys.privateKey),
    },
    frontProxy: { certificate, key },
  };
}

/** @param authority certificate that the server's is signed by, as PEM. */
export const kubeconfigOf = (server: string, authority: Buffer, token: string): string =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      { name: "testfarm", cluster: { server, "certificate-authority-data": authority.toString("base64") } },
    ],
    users: [{ name: "admin", user: { token } }],
    contexts: [{ name: "testfarm", context: { cluster: "testfarm", user: "admin" } }],
    "current-context": "testfarm",
  });
