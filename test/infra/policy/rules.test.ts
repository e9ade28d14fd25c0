import * as digitalocean from "@pulumi/digitalocean";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { describe, expect, test } from "vitest";
import { resourceClass } from "../../../components/provider/vendor/program.ts";
import { type VendorName, vendors } from "../../../components/provider/vendors/index.ts";
import { isRefused, violationsOf } from "../../../infra/policy/check.ts";
import { type RuleId, ruleIds } from "../../../infra/policy/ids.ts";
import type { Circumstances, Violation } from "../../../infra/policy/rule.ts";
import { rules } from "../../../infra/policy/rules.ts";
import { recordProgram } from "../../../infra/testing/index.ts";
import { broken, container } from "./broken.ts";
import { clouds } from "./broken-clouds.ts";
import { budget, containerOf, denial, deployment, job, role, several, space } from "./kubernetes.ts";
import { managed } from "./managed.ts";

const vps: Circumstances = { tier: "vps", ephemeral: false, backup: false, images: [] };

/** As if after `up`, so that a generated password has a value. */
async function violations(
  make: () => void,
  circumstances: Partial<Circumstances> = {},
  waive?: { rule: RuleId; reason: string }[],
): Promise<Violation[]> {
  const recording = await recordProgram(async () => void make(), {
    respond: ({ type }) =>
      type === "random:index/randomPassword:RandomPassword" ? { state: { result: "canary-generated" } } : {},
  });
  return violationsOf(recording, { ...vps, ...circumstances }, waive);
}

test("every rule is listed once, and says what has to hold in a sentence", () => {
  expect(Object.keys(rules).toSorted()).toEqual([...ruleIds].toSorted());
  for (const { says } of Object.values(rules)) expect(says).toMatch(/^[A-Z].*\.$/);
});

describe.each(ruleIds)("%s", (id) => {
  test("has a program that breaks it", () => {
    expect(broken[id].length).toBeGreaterThan(0);
  });

  test.each(broken[id])("alone reports $what, with the resource and the fix", async (each) => {
    const found = await violations(each.make, each.circumstances);
    expect(found.map(({ rule, severity }) => [rule, severity])).toEqual([[id, rules[id].severity]]);
    const [line = ""] = found.map(({ resource, message }) => `${resource} ${message}`);
    expect(line.slice(0, each.finding.length)).toBe(each.finding);
    expect(line).toContain("; ");
  });
});

const caddyfile = `{
	admin off
}

https://shop.test {
	header {
		-Server
	}
	respond 200
}

http://127.0.0.1:2020 {
	respond 200
}

http://shop.test {
	redir https://shop.test{uri}
}
`;

describe("no rule has anything against", () => {
  const digest = `@sha256:${"0".repeat(64)}`;
  test.each<[string, () => void, Partial<Circumstances>?]>([
    [
      "a proxy with TLS, its health check and a redirect",
      () => container("edge", { uploads: [{ file: "/etc/caddy/Caddyfile", content: caddyfile }] }),
    ],
    [
      "an image built from the repository, which is loaded by its content",
      () => container("app", { image: "testfarm-app:0123456789ab" }),
    ],
    [
      "an own image by tag on tier local",
      () => container("app", { image: "shop:1" }),
      { tier: "local", images: ["shop:1"] },
    ],
    [
      "data of an ephemeral stack",
      () => {
        new docker.Volume("data");
        new random.RandomPassword("password", { length: 32 });
        container("db", { image: `postgres:17${digest}` });
      },
      { ephemeral: true },
    ],
    [
      "a volume of the engine that only says in which directory the data is",
      () => new docker.Volume("data", { driverOpts: { type: "none", o: "bind", device: "/srv/data" } }),
    ],
    ["a database with a backup", () => container("db", { image: `postgres:17${digest}` }), { backup: true }],
    ["a published page", () => container("edge", { ports: [{ internal: 443, external: 443 }] })],
    [
      "a secret that is one, and names of secrets",
      () => {
        const { result } = new random.RandomPassword("password", { length: 32 }, { protect: true });
        container("app", {
          envs: ["PASSWORD_FILE=/run/secret", "TOKEN=", pulumi.interpolate`PASSWORD=${result}`],
          uploads: [{ file: "/etc/password", content: result }],
        });
      },
    ],
    [
      "databases of a private network, and others whose certificate is verified",
      () => {
        const variables = {
          DATABASE_URL: pulumi.secret("postgres://app:canary@db.example.com/shop?sslmode=verify-full"),
          DATABASE_DIRECT_URL: pulumi.secret("postgres://app:canary@postgres.railway.internal/shop"),
          DATABASE_ADMIN_URL: pulumi.secret("postgres://app:canary@direct.k1v5.flympg.net/shop"),
          OTHER_URL: pulumi.secret("postgres://app:canary@dpg-1-a/shop"),
          REDIS_URL: pulumi.secret("rediss://:canary@queue.upstash.io"),
          REDIS_CLUSTER: pulumi.secret("redis://:canary@10.1.2.3"),
        };
        managed.railwayService({ variables });
      },
    ],
    [
      "resources at companies that are kept, and closed",
      () => {
        managed.postgres({ ipAllowList: ["198.18.7.7/32"] });
        managed.keyValue();
        managed.supabase({ tlsOnly: true });
        managed.redis({ deletionProtection: true });
        managed.railwayService({ port: 3000, tcpPort: 8080 });
      },
    ],
    [
      "data at companies of an ephemeral stack",
      () => {
        managed.supabase({ deletionProtection: false }, {});
        managed.redis({ deletionProtection: false }, {});
      },
      { ephemeral: true },
    ],
    [
      "a cluster of each cloud, what it keeps data in, and several pods with all that they need",
      () => {
        const { gke, pool, eks, template, aks, doks, block, s3: _, ...stores } = clouds;
        for (const make of [gke, pool, eks, template, aks, doks, block, ...Object.values(stores)]) make();
        space();
        denial({ ingress: [], egress: [] });
        several({}, 3);
        budget();
        role();
        job({ containers: [{ ...containerOf(), name: "migrate" }] });
      },
    ],
    [
      "a pod that puts seccomp profiles onto its node, which it does as root",
      () =>
        deployment({
          securityContext: { seccompProfile: { type: "RuntimeDefault" } },
          volumes: [{ name: "profiles", hostPath: { path: "/var/lib/kubelet/seccomp/testfarm" } }],
        }),
    ],
    [
      "names of secrets by the paths of their files",
      () => managed.machine({ files: { "/run/auth-secret": "AUTH_SECRET" } }),
    ],
    [
      "a firewall with what a server needs",
      () =>
        new digitalocean.Firewall("firewall", {
          inboundRules: [
            { protocol: "tcp", portRange: "22", sourceAddresses: ["198.18.7.7/32"] },
            { protocol: "tcp", portRange: "443", sourceAddresses: ["0.0.0.0/0", "::/0"] },
            { protocol: "udp", portRange: "443", sourceAddresses: ["0.0.0.0/0"] },
            { protocol: "icmp", sourceAddresses: ["0.0.0.0/0"] },
          ],
        }),
    ],
  ])("%s", async (_, make, circumstances) => {
    expect(await violations(make, circumstances)).toEqual([]);
  });
});

const unlimited = (): void => {
  new docker.Container("app", { image: "caddy:2" });
};

describe("a waiver", () => {
  test("keeps the violation, with its reason, and no longer refuses it", async () => {
    const waive = [{ rule: "memory-unlimited", reason: "a drill" } as const];
    const [memory] = await violations(unlimited, {}, waive);
    expect(memory).toMatchObject({ rule: "memory-unlimited", severity: "error", waived: "a drill" });
    expect(memory && isRefused(memory)).toBe(false);
  });

  test("is for its own rule only", async () => {
    const waive = [{ rule: "third-party-image-without-digest", reason: "a drill" } as const];
    const found = await violations(unlimited, {}, waive);
    expect(found.map(({ rule, waived }) => [rule, waived])).toEqual([
      ["memory-unlimited", undefined],
      ["third-party-image-without-digest", "a drill"],
    ]);
    expect(found.map(isRefused)).toEqual([true, false]);
  });
});

test("violations come by rule, then by resource, whatever the program's order", async () => {
  const found = await violations(() => {
    for (const name of ["web", "api"]) new docker.Container(name, { image: "caddy:2" });
  });
  expect(found.map(({ rule, resource }) => `${rule} ${resource.split(" ")[1]}`)).toEqual([
    "memory-unlimited api",
    "memory-unlimited web",
    "third-party-image-without-digest api",
    "third-party-image-without-digest web",
  ]);
});

/** Every kind of our own provider, without its types: the rules look at few inputs. */
const kinds = (Object.keys(vendors) as VendorName[]).flatMap((vendor) =>
  Object.entries(vendors[vendor].kinds as Readonly<Record<string, Kind>>).map(([name, kind]) => ({
    type: `testfarm:${vendor}:${name}`,
    kind,
    make: (args: object, options: object = {}) => {
      const Made = resourceClass(vendor, name, kind) as unknown as new (...args: unknown[]) => unknown;
      void new Made("it", args, options);
    },
  })),
);
interface Kind {
  readonly isStateful?: boolean;
  readonly inputs: { readonly shape: object };
}

test.each(kinds)("data of $type is kept if it holds any", async ({ kind, make }) => {
  const found = await violations(() => make({}));
  expect(found.map(({ rule }) => rule)).toEqual(kind.isStateful ? ["data-not-kept"] : []);
});

/** Names an image that machines run. */
const note = "testfarm:fly:Release";

test.each(kinds.filter(({ kind, type }) => "image" in kind.inputs.shape && type !== note))(
  "the image of $type is looked at",
  async ({ make }) => {
    const found = await violations(() => make({ image: "shop:1" }));
    expect(found.map(({ rule }) => rule)).toEqual(["third-party-image-without-digest"]);
  },
);
