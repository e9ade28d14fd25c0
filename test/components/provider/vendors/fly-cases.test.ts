import { describe, expect, test } from "vitest";
import { secret } from "../client.ts";
import { api, app, cluster, flyAccount, isChange } from "./fly-account.ts";

const values = { AUTH_SECRET: "canary-auth-secret", DATABASE_URL: "postgres://canary" };

describe("Fly.io", () => {
  const { server, clientOf } = flyAccount();

  test("an app in the organization's network whose creation was not answered is taken over", async () => {
    const client = await clientOf("App");
    server().troubleAt("POST /v1/apps", "lost");
    const { id } = await client.create({ name: "testfarm-web", organization: "farm", ipv6: true });
    expect(id).toBe("testfarm-web");
    expect(server().apps.get(id)!.ips).toHaveLength(1);
  });

  test("says only the secrets that have changed, takes away those that are no more, and never tells one", async () => {
    const client = await clientOf("Secrets");
    const given = { app, values: secret({ ...values, OLD: "canary-old" }) };
    const { id, properties } = await client.create(given);
    const news = { app, values: secret({ ...values, AUTH_SECRET: "canary-new" }) };
    const state = await client.update(id, properties, news);
    expect(server().secretChanges.at(-1)).toEqual({ AUTH_SECRET: "canary-new", OLD: null });
    expect(state["digest"]).not.toBe(properties["digest"]);
    expect(server().calls.join()).not.toContain("canary");
  });

  test("the nickname of an organization is not told, since it is nobody's slug", async () => {
    const client = await clientOf("App");
    server().apps.set(app, { ...server().apps.get(app)!, org_slug: "personal" });
    const { inputs } = await client.read(app, {}, {});
    expect(inputs).toEqual({ name: app, sharedIpv4: false, ipv6: false, flycast: false });
  });

  test("secrets and passwords are in envelopes, also where the program has said them in clear", async () => {
    const secrets = await clientOf("Secrets");
    expect((await secrets.create({ app, values })).properties["values"]).toEqual(secret(values));
    const users = await clientOf("PostgresUser");
    const { properties } = await users.create({ cluster, name: "app", role: "writer" });
    expect(properties["password"]).toEqual(secret("canary-password-of-postgres"));
  });

  test("a cluster is deleted only when it is said that it may be", async () => {
    const client = await clientOf("Postgres");
    const { id, properties } = await client.create({ name: "growth", organization: "farm", region: "fra" });
    await expect(client.delete(id, properties)).rejects.toThrow(/holds data and is protected/);
    expect(server().calls.filter((call) => call.startsWith("DELETE"))).toEqual([]);
  });

  test("the digest of an app's secrets changes when somebody else sets one", async () => {
    const client = await clientOf("Secrets");
    const given = { app, values: secret(values) };
    const { id, properties } = await client.create(given);
    server().apps.get(app)!.secrets.set("AUTH_SECRET", "canary-of-somebody-else");
    const found = await client.read(id, properties, given);
    expect(found.properties["digest"]).not.toBe(properties["digest"]);
  });

  test("finds a certificate on a later page", async () => {
    const client = await clientOf("Certificate");
    const { certificates } = server().apps.get(app)!;
    for (const hostname of ["my.app.farm.test", "app.farm.test"]) certificates.add(hostname);
    expect((await client.create({ app, hostname: "app.farm.test" })).id).toBe(`${app}/app.farm.test`);
    expect(server().calls.filter(isChange)).toEqual([]);
  });

  test("what Fly.io cannot change of a cluster is refused with the way to do it, unless it is done", async () => {
    const client = await clientOf("Postgres");
    const given = { name: "growth", organization: "farm", region: "fra" };
    const { id, properties } = await client.create(given);
    const larger = { ...given, plan: "performance" };
    await expect(client.update(id, properties, larger)).rejects.toThrow(
      /plan of the cluster \S+ is basic.*Change it to performance on the cluster's page at https:/,
    );
    server().clusters.get(id)!.plan = "Performance";
    expect(await client.update(id, properties, larger)).toMatchObject({ plan: "performance" });
    await expect(client.update(id, properties, { ...given, diskGb: 50 })).rejects.toThrow(
      /diskGb of the cluster \S+ was 10 when it was made.*Set it back to 10/,
    );
  });

  test("a cluster that Fly.io cannot make fails at once, and is not made again", async () => {
    const client = await clientOf("Postgres");
    const given = { name: "growth", organization: "farm", region: "fra" };
    const { id, properties } = await client.create(given);
    server().clusters.get(id)!.status = "failed";
    await expect(client.update(id, properties, given)).rejects.toThrow(
      /Postgres \S+ has failed: Fly.io could not make it; see its page at https:/,
    );
    expect(server().calls.filter(isChange)).toEqual(["POST /v1/postgres"]);
  });

  test("a name that another customer has, and a region that is full, are refused with what to do", async () => {
    const machines = await clientOf("Machine");
    const full = { status: 422, body: { error: "insufficient resources available to fulfill request" } };
    server().troubleAt("POST /v1/apps/{app}/machines", full);
    await expect(machines.create(api)).rejects.toThrow(
      /with 422: insufficient.*choose another region or size/,
    );
    const others = await clientOf("App");
    server().apps.set("taken", { ...server().apps.get(app)!, name: "taken", org_slug: "others" });
    await expect(others.create({ name: "taken", organization: "farm" })).rejects.toThrow(
      /with 422: Name has already been taken.*shared by all of Fly.io/,
    );
  });
});
