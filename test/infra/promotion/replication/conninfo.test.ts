import { describe, expect, test } from "vitest";
import { conninfoOf, withoutSecretsOf } from "../../../../infra/promotion/replication/conninfo.ts";

const sign = "keepalives_idle=10&keepalives_interval=10&keepalives_count=3&tcp_user_timeout=40000";

describe("the address that a server dials", () => {
  test.for([
    ["postgres://a:b@h:5432/d", `?connect_timeout=10&${sign}`],
    ["postgres://a:b@h:5432/d?sslmode=no-verify", `?sslmode=require&connect_timeout=10&${sign}`],
    [
      "postgres://a:b@h:5432/d?sslmode=verify-full",
      `?sslmode=verify-full&sslrootcert=system&connect_timeout=10&${sign}`,
    ],
    [
      "postgres://a:b@h:5432/d?sslmode=verify-ca&sslrootcert=/ca.crt",
      `?sslmode=verify-ca&sslrootcert=%2Fca.crt&connect_timeout=10&${sign}`,
    ],
    ["postgres://a:b@h:5432/d?application_name=x&connect_timeout=3", `?connect_timeout=3&${sign}`],
  ] as const)("%s becomes %s", ([url, query]) => {
    expect(new URL(conninfoOf(url)).search.replace("/ca", "%2Fca")).toBe(query);
  });

  test("is refused where it is none, or has no password, and not quoted", () => {
    expect(() => conninfoOf("secret password")).toThrow(/^The address .* is none/);
    expect(() => conninfoOf("secret password")).not.toThrow("secret");
    expect(() => conninfoOf("postgres://admin@db.test/x")).toThrow("to reach db.test has no password");
  });

  test("leaves no secret in what a server says of it", () => {
    const url = "postgres://admin:s%40cret@db.test/x";
    const said = `invalid: "${conninfoOf(url)}", and s@cret, and s%40cret, and postgres://admin:s%40cret@db.test/x`;
    const told = withoutSecretsOf(url, said);
    expect(told).not.toMatch(/cret/);
    expect(told).toContain("invalid: ");
  });
});
