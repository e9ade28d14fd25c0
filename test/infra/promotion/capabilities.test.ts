import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../infra/config/parse.ts";
import {
  type Capabilities,
  capabilities,
  choosePath,
  kindOf,
} from "../../../infra/promotion/capabilities.ts";
import type { Finding } from "../../../infra/promotion/preflight/contract.ts";
import { minimum, rawOf, type Settings } from "../config/stack.ts";

const configOf = (tier: keyof typeof minimum, change: Settings = {}) =>
  parseConfig(rawOf(minimum[tier], change));
const finding: Finding = {
  check: "wal level of mvp",
  level: "ok",
  found: "",
  needed: "wal_level logical",
  remedy: "",
};
const end = (kind: keyof typeof capabilities, isDialled = true) => ({ name: kind, kind, isDialled });

describe("what kind of database a stack has", () => {
  test("is told by its configuration", () => {
    expect(kindOf(undefined)).toBe("embedded");
    expect(kindOf(configOf("local"))).toBe("docker-host");
    expect(kindOf(configOf("vps"))).toBe("docker-host");
    expect(kindOf(configOf("paas"))).toBe("supabase");
    expect(kindOf(configOf("paas", { database: "platform" }))).toBe("railway");
    expect(kindOf(configOf("fly"))).toBe("fly");
    const base = configOf("kubernetes");
    expect(kindOf(base)).toBe("cloud-sql");
    expect(kindOf({ ...base, cluster: "eks" } as typeof base)).toBe("rds");
    expect(kindOf({ ...base, cluster: "aks" } as typeof base)).toBe("flexible-server");
    expect(kindOf(configOf("kubernetes", { database: "cluster" }))).toBe("cloudnative-pg");
  });

  test.for([
    [undefined, "external"],
    ["postgres://admin:x@db.acme.test/testfarm", "external"],
    ["postgres://admin:x@ep-1.eu-central-1.aws.neon.tech/testfarm", "neon"],
    ["postgres://admin:x@db.abc.supabase.co/postgres", "supabase"],
    ["postgres://admin:x@db-1.b.db.ondigitalocean.com:25060/testfarm", "digitalocean"],
  ] as const)("of a cluster's own by its address %s is %s", ([url, kind]) => {
    const external = { ...configOf("kubernetes"), database: "external" } as ReturnType<typeof configOf>;
    expect(kindOf(external, url)).toBe(kind);
  });
});

describe("the path", () => {
  test("is ONLINE where both sides can and reach each other", () => {
    expect(choosePath(end("docker-host"), end("cloudnative-pg"))).toMatchObject({ path: "ONLINE" });
  });

  test.for([
    ["fly", "publishes no changes"],
    ["render", "subscribes to no changes"],
    ["supabase", "https://github.com/supabase/postgres/pull/1788"],
  ] as const)(
    "is OFFLINE from and to %s, with the reason, whatever the operator wishes",
    ([kind, reason]) => {
      for (const [source, target] of [
        [end(kind), end("docker-host")],
        [end("docker-host"), end(kind)],
      ] as const) {
        const { path, reasons } = choosePath(source, target, [], "ONLINE");
        expect(path).toBe("OFFLINE");
        expect(reasons.join("\n")).toContain(reason);
      }
    },
  );

  test("is OFFLINE where a server is not reached, with how to give its address", () => {
    expect(choosePath(end("docker-host", false), end("neon"))).toEqual({
      path: "OFFLINE",
      reasons: [expect.stringMatching(/^docker-host: .* has no address .*tunnel/)],
    });
  });

  test("is OFFLINE where preflight has found something against it, and nothing else is against it", () => {
    const findings = [finding, { ...finding, level: "offline", found: "wal_level is replica" } as const];
    expect(choosePath(end("neon"), end("neon"), findings)).toEqual({
      path: "OFFLINE",
      reasons: ["wal level of mvp: wal_level is replica; ONLINE needs wal_level logical."],
    });
    const others = [{ ...finding, level: "note" } as const, { ...finding, level: "blocks" } as const];
    expect(choosePath(end("neon"), end("neon"), others).path).toBe("ONLINE");
  });

  test("is OFFLINE where the operator wishes it", () => {
    expect(choosePath(end("neon"), end("neon"), [], "OFFLINE").path).toBe("OFFLINE");
  });

  test("has a source for every no", () => {
    const noes = Object.values<Capabilities>(capabilities)
      .flatMap(({ publishes, subscribes }) => [publishes, subscribes])
      .filter((answer) => answer !== true);
    expect(noes.length).toBeGreaterThan(0);
    for (const { because, source } of noes) {
      expect(because).toMatch(/./);
      expect(source).toMatch(/^https:\/\//);
    }
  });
});
