import { withoutCredentials } from "../../../app/without-credentials.ts";
import { PromotionError } from "../contract.ts";

/**
 * Until a server gives up to reach another one, or to hear of it: the system's own patience is minutes, and two hours. Seconds,
 * and milliseconds for the last of them.
 */
const patience = {
  connect_timeout: "10",
  keepalives_idle: "10",
  keepalives_interval: "10",
  keepalives_count: "3",
  tcp_user_timeout: "40000",
};

/** What only this machine's client knows. By its name in `pg_stat_replication` a subscription is known. */
const notForServers = ["application_name", "uselibpqcompat"];

/**
 * An address as PostgreSQL's own client library takes it, which is what a server dials with
 * (https://www.postgresql.org/docs/17/libpq-connect.html#LIBPQ-PARAMKEYWORDS). It knows no `no-verify`, and looks for
 * authorities in a file of that server's, unless it is told to take those of its system.
 *
 * @throws {PromotionError} where it is no address, or has no password: a server refuses to dial without one, unless who
 *   asks it is a superuser.
 */
export function conninfoOf(dialUrl: string): string {
  // What the parser throws quotes it.
  if (!URL.canParse(dialUrl))
    throw new PromotionError(
      "The address at which the other side's server is to reach this one is none. It has to be one such as postgres://admin:...@203.0.113.7:5432/testfarm.",
    );
  const url = new URL(dialUrl);
  if (url.password === "")
    throw new PromotionError(
      `The address at which the other side's server is to reach ${url.host} has no password. Give it the owner's.`,
    );
  const { searchParams } = url;
  for (const name of notForServers) searchParams.delete(name);
  if (searchParams.get("sslmode") === "no-verify") searchParams.set("sslmode", "require");
  const mode = searchParams.get("sslmode") ?? "";
  if (mode.startsWith("verify-") && !searchParams.has("sslrootcert")) {
    searchParams.set("sslmode", "verify-full");
    searchParams.set("sslrootcert", "system");
  }
  for (const [name, value] of Object.entries(patience))
    if (!searchParams.has(name)) searchParams.set(name, value);
  return url.href;
}

/** What a server says of an address that it cannot dial, without the secrets of that address: it quotes some of it. */
export function withoutSecretsOf(dialUrl: string, text: string): string {
  const { username, password } = new URL(dialUrl);
  const secrets = [
    dialUrl,
    conninfoOf(dialUrl),
    `${username}:${password}`,
    password,
    decodeURIComponent(password),
  ];
  return withoutCredentials(
    secrets
      .filter((secret) => secret.length > 1)
      .reduce((said, secret) => said.replaceAll(secret, "***"), text),
  );
}
