import { R2Bucket } from "@pulumi/cloudflare";
import * as command from "@pulumi/command";
import * as digitalocean from "@pulumi/digitalocean";
import * as docker from "@pulumi/docker";
import * as hcloud from "@pulumi/hcloud";
import * as linode from "@pulumi/linode";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import * as vultr from "@ediri/vultr";
import type { RuleId } from "../../../infra/policy/ids.ts";
import type { Circumstances } from "../../../infra/policy/rule.ts";
import { atClouds } from "./broken-clouds.ts";
import { inCluster } from "./broken-kubernetes.ts";
import { containerOf, deployment } from "./kubernetes.ts";
import { managed } from "./managed.ts";

/** A program that breaks one rule, and what the rule says of it. */
export interface Broken {
  readonly what: string;
  readonly make: () => void;
  /** Resource and beginning of the message. */
  readonly finding: string;
  readonly circumstances?: Partial<Circumstances>;
}

const digest = `@sha256:${"0".repeat(64)}`;
const kept = { protect: true, retainOnDelete: true };

export const container = (name: string, inputs: Partial<docker.ContainerArgs> = {}): docker.Container =>
  new docker.Container(name, { image: `shop${digest}`, memory: 64, ...inputs });
const edge = (caddyfile: string): docker.Container =>
  container("edge", { uploads: [{ file: "/etc/caddy/Caddyfile", content: caddyfile }] });
const generated = (name: string): random.RandomPassword =>
  new random.RandomPassword(name, { length: 32 }, { protect: true });

const dropletFirewall = (rule: Partial<digitalocean.types.input.FirewallInboundRule>): void => {
  const inbound = { protocol: "tcp", portRange: "22", sourceAddresses: ["198.18.7.7/32"], ...rule };
  new digitalocean.Firewall("firewall", { inboundRules: [inbound] });
};
const hetznerFirewall = (rule: Partial<hcloud.types.input.FirewallRule>): void => {
  const inbound = { direction: "in", protocol: "tcp", port: "22", sourceIps: ["198.18.7.7/32"], ...rule };
  new hcloud.Firewall("firewall", { rules: [inbound] });
};
const linodeFirewall = (
  rule: Partial<linode.types.input.FirewallInbound>,
  inboundPolicy: "DROP" | "ACCEPT" = "DROP",
): void => {
  const base = { label: "rule", action: "ACCEPT", protocol: "TCP", ports: "22", ipv4s: ["198.18.7.7/32"] };
  new linode.Firewall("firewall", {
    label: "shop",
    inboundPolicy,
    outboundPolicy: "ACCEPT",
    inbounds: [{ ...base, ...rule }],
  });
};
const vultrRule = (rule: Partial<vultr.FirewallRuleArgs>): void => {
  const base = { firewallGroupId: "g", protocol: "tcp", port: "22", ipType: "v4" };
  new vultr.FirewallRule("firewall", { ...base, subnet: "198.18.7.7", subnetSize: 32, ...rule });
};

const { secret } = pulumi;
const typeOf = {
  machine: "testfarm:fly:Machine machine",
  railwayService: "testfarm:railway:Service service",
  renderService: "testfarm:render:Service service",
} as const;
const containerIs = (name: string): string => `docker:index/container:Container ${name}`;
const [droplets, hetzner, linodes, vultrs] = [
  "digitalocean:index/firewall:Firewall firewall",
  "hcloud:index/firewall:Firewall firewall",
  "linode:index/firewall:Firewall firewall",
  "vultr:index/firewallRule:FirewallRule firewall",
];
const clear = (place: string): string => `has a secret in clear in ${place};`;
const site = (name: string): string => `${containerIs("edge")} serves ${name} without TLS;`;

/** At least one program for each rule; a rule without one does not compile, and an empty list fails. */
export const broken: { readonly [Id in RuleId]: readonly Broken[] } = {
  "secret-in-clear": [
    {
      what: "a secret of one input in another's clear text",
      make: () => {
        container("one", { envs: [pulumi.secret("canary-value")] });
        new docker.Network("two", { name: pulumi.secret("canary-value") });
        new docker.Network("three", { driver: "x-canary-value" });
      },
      finding: `docker:index/network:Network three ${clear("driver")}`,
    },
    {
      what: "a secret in base64",
      make: () => {
        new docker.Network("two", { name: pulumi.secret("canary-value") });
        new docker.Network("three", { driver: Buffer.from("--canary-value--").toString("base64") });
      },
      finding: `docker:index/network:Network three ${clear("driver")}`,
    },
    {
      what: "a generated password that is called no secret",
      make: () => container("app", { hostname: pulumi.unsecret(generated("password").result) }),
      finding: `${containerIs("app")} ${clear("hostname")}`,
    },
    {
      what: "an input that is called a token",
      make: () => new command.local.Command("call", { environment: { VENDOR_TOKEN: "abc" } }),
      finding: `command:local:Command call ${clear("environment.VENDOR_TOKEN")}`,
    },
    {
      what: "a variable of a service at Railway that is called a secret",
      make: () => managed.railwayService({ variables: { LOG_LEVEL: "info", AUTH_SECRET: "abc" } }),
      finding: `testfarm:railway:Service service ${clear("variables.AUTH_SECRET")}`,
    },
    {
      what: "a machine's environment with an address that has a password",
      make: () => managed.machine({ env: { REDIS_URL: "rediss://default:abc@queue.upstash.io:6379" } }),
      finding: `testfarm:fly:Machine machine ${clear("env.REDIS_URL")}`,
    },
    {
      what: "a secret of an app at Fly.io that is called none",
      make: () => managed.secrets({ TRELLO_API_KEY: "abc", OTHER: pulumi.secret("canary-value") }),
      finding: `testfarm:fly:Secrets secrets ${clear("values.TRELLO_API_KEY")}`,
    },
    {
      what: "a variable that is called a password",
      make: () => container("app", { envs: ["LOG_LEVEL=info", "POSTGRES_PASSWORD=abc"] }),
      finding: `${containerIs("app")} ${clear("envs[1]")}`,
    },
  ],
  "database-port-published": [
    {
      what: "PostgreSQL under another port",
      make: () =>
        container("db", { image: `postgres:17${digest}`, ports: [{ internal: 1, external: 15_432 }] }),
      finding: `${containerIs("db")} publishes its port 1;`,
      circumstances: { backup: true },
    },
    {
      what: "Redis' port of an image with another name",
      make: () => container("cache", { ports: [{ internal: 6379, external: 1 }] }),
      finding: `${containerIs("cache")} publishes its port 6379;`,
    },
    {
      what: "every port of an image",
      make: () => container("app", { publishAllPorts: true }),
      finding: `${containerIs("app")} publishes every port of its image;`,
    },
    {
      what: "PostgreSQL at Railway under another port",
      make: () => managed.railwayService({ image: `ghcr.io/acme/postgres:17${digest}`, tcpPort: 15_432 }),
      finding: "testfarm:railway:Service service publishes its port 15432;",
      circumstances: { backup: true },
    },
    {
      what: "Redis' port at Railway of an image with another name",
      make: () => managed.railwayService({ tcpPort: 6379 }),
      finding: "testfarm:railway:Service service publishes its port 6379;",
    },
    {
      what: "a database at Render that all may reach",
      make: () => managed.postgres({ ipAllowList: ["198.18.7.7/32", "0.0.0.0/0"] }),
      finding: "testfarm:render:Postgres database lets 0.0.0.0/0 in;",
    },
    {
      what: "a queue at Render that all may reach",
      make: () => managed.keyValue({ ipAllowList: ["::/0"] }),
      finding: "testfarm:render:KeyValue queue lets ::/0 in;",
    },
  ],
  "database-without-tls": [
    {
      what: "a database elsewhere whose certificate nobody verifies",
      make: () =>
        managed.railwayService({
          variables: { DATABASE_URL: secret("postgres://app:canary@db.example.com/shop?sslmode=require") },
        }),
      finding:
        "testfarm:railway:Service service is told of a database that it would reach without verified TLS, in variables.DATABASE_URL;",
    },
    {
      what: "a Redis elsewhere without TLS",
      make: () =>
        managed.renderService({ variables: { REDIS_URL: secret("redis://:canary@queue.upstash.io") } }),
      finding:
        "testfarm:render:Service service is told of a database that it would reach without verified TLS, in variables.REDIS_URL;",
    },
    {
      what: "a database elsewhere, in a line of a container's environment",
      make: () =>
        container("app", { envs: [secret("DATABASE_URL=postgresql://app:canary@198.18.7.7/shop")] }),
      finding: `${containerIs("app")} is told of a database that it would reach without verified TLS, in envs[0];`,
    },
    {
      what: "a database at Supabase that takes connections without TLS",
      make: () => managed.supabase({ tlsOnly: false }),
      finding: "testfarm:supabase:Project database takes connections without TLS;",
    },
  ],
  "firewall-port-open": [
    {
      what: "another port at DigitalOcean",
      make: () => dropletFirewall({ portRange: "5432" }),
      finding: `${droplets} lets in tcp 5432;`,
    },
    {
      what: "a range around an open port at Hetzner",
      make: () => hetznerFirewall({ port: "443-444" }),
      finding: `${hetzner} lets in tcp 443-444;`,
    },
    {
      what: "one port of a list at Linode",
      make: () => linodeFirewall({ ports: "80, 6379" }),
      finding: `${linodes} lets in tcp 6379;`,
    },
    {
      what: "a range at Vultr",
      make: () => vultrRule({ port: "8000:8080" }),
      finding: `${vultrs} lets in tcp 8000-8080;`,
    },
    {
      what: "SSH's port by another protocol",
      make: () => hetznerFirewall({ protocol: "udp" }),
      finding: `${hetzner} lets in udp 22;`,
    },
    {
      what: "every port of a protocol",
      make: () => hetznerFirewall({ protocol: "udp", port: "any" }),
      finding: `${hetzner} lets in udp 1-65535;`,
    },
    {
      what: "a protocol without ports",
      make: () => hetznerFirewall({ protocol: "gre" }),
      finding: `${hetzner} lets in gre;`,
    },
  ],
  "ssh-open-to-world": [
    {
      what: "IPv6 at DigitalOcean",
      make: () => dropletFirewall({ sourceAddresses: ["198.18.7.7/32", "::/0"] }),
      finding: `${droplets} lets ::/0 in on port 22;`,
    },
    {
      what: "IPv4 at Hetzner",
      make: () => hetznerFirewall({ sourceIps: ["0.0.0.0/0"] }),
      finding: `${hetzner} lets 0.0.0.0/0 in on port 22;`,
    },
    {
      what: "IPv6 at Linode",
      make: () => linodeFirewall({ ipv6s: ["::/0"] }),
      finding: `${linodes} lets ::/0 in on port 22;`,
    },
    {
      what: "IPv4 at Vultr",
      make: () => vultrRule({ subnet: "0.0.0.0", subnetSize: 0 }),
      finding: `${vultrs} lets 0.0.0.0/0 in on port 22;`,
    },
    {
      what: "a server without a firewall",
      make: () => new hcloud.Server("server", { serverType: "cx23" }),
      finding: "hcloud:index/server:Server server has no firewall of its provider;",
    },
  ],
  "plain-http-site": [
    {
      what: "a site by http",
      make: () => edge("http://shop.test {\n\trespond 200\n}\n"),
      finding: site("http://shop.test"),
    },
    {
      what: "a site on port 80, beside one with TLS",
      make: () => edge("https://shop.test, shop.test:80 {\n\trespond 200\n}\n"),
      finding: site("shop.test:80"),
    },
    {
      what: "a site behind a comment with a brace",
      make: () => edge("{\n\t# as in {\n}\nhttp://shop.test {\n\trespond 200\n}\n"),
      finding: site("http://shop.test"),
    },
    { what: "a port without TLS", make: () => edge(":8080 {\n\trespond 200\n}\n"), finding: site(":8080") },
    {
      what: "a proxy that is told to have none",
      make: () => edge("{\n\tauto_https off\n}\n"),
      finding: site("every site"),
    },
  ],
  "data-not-kept": [
    {
      what: "a volume of the engine that is not kept",
      make: () => new docker.Volume("data", {}, { protect: true }),
      finding: "docker:index/volume:Volume data can get lost; give it `retainOnDelete: true` in",
    },
    {
      what: "a volume of a cloud that is deleted first",
      make: () =>
        new hcloud.Volume(
          "data",
          { size: 10 },
          { protect: true, retainOnDelete: true, deleteBeforeReplace: true },
        ),
      finding: "hcloud:index/volume:Volume data can get lost; give it no `deleteBeforeReplace` in",
    },
    {
      what: "an address",
      make: () => new digitalocean.ReservedIp("ip", { region: "fra1" }, { retainOnDelete: true }),
      finding: "digitalocean:index/reservedIp:ReservedIp ip can get lost; give it `protect: true` in",
    },
    {
      what: "a database at a company",
      make: () => managed.supabase({}, { retainOnDelete: true }),
      finding: "testfarm:supabase:Project database can get lost; give it `protect: true` in its options, or",
    },
    {
      what: "a queue whose own protection is off",
      make: () => managed.redis({ deletionProtection: false }),
      finding: "testfarm:upstash:Redis queue can get lost; give it `deletionProtection: true`, or",
    },
    {
      what: "pictures",
      make: () => new R2Bucket("pictures", { accountId: "account", name: "shop" }, { retainOnDelete: true }),
      finding:
        "cloudflare:index/r2Bucket:R2Bucket pictures can get lost; give it `protect: true` in its options, or",
    },
    {
      what: "a password",
      make: () => new random.RandomPassword("password", { length: 32 }),
      finding: "random:index/randomPassword:RandomPassword password can get lost; give it `protect: true` in",
    },
  ],
  "own-image-without-digest": [
    {
      what: "an image that the stack's file names by tag",
      make: () => container("app", { image: "registry.test/shop:1.2.3" }),
      finding: `${containerIs("app")} runs registry.test/shop:1.2.3, whose tag`,
      circumstances: { images: ["registry.test/shop:1.2.3"] },
    },
    ...(["railwayService", "renderService", "machine"] as const).map((kind) => ({
      what: `an image by tag at a company: ${kind}`,
      make: () => void managed[kind]({ image: "registry.test/shop:1.2.3" }),
      finding: `${typeOf[kind]} runs registry.test/shop:1.2.3, whose tag`,
      circumstances: { images: ["registry.test/shop:1.2.3"] },
    })),
    {
      what: "an image by tag in a cluster",
      make: () => deployment({ containers: [containerOf({ image: "registry.test/shop:1.2.3" })] }),
      finding: "kubernetes:apps/v1:Deployment api runs registry.test/shop:1.2.3, whose tag",
      circumstances: { images: ["registry.test/shop:1.2.3"] },
    },
  ],
  "memory-unlimited": [
    {
      what: "a container without a limit",
      make: () => new docker.Container("app", { image: `shop${digest}` }),
      finding: `${containerIs("app")} may use all of the machine's memory;`,
    },
    {
      what: "a limit of 0, which is none",
      make: () => container("app", { memory: 0 }),
      finding: `${containerIs("app")} may use all of the machine's memory;`,
    },
    {
      what: "a pod without a limit",
      make: () => deployment({ containers: [containerOf({ resources: { requests: { memory: "64Mi" } } })] }),
      finding: "kubernetes:apps/v1:Deployment api may use all of its node's memory;",
    },
  ],
  ...inCluster,
  ...atClouds,
  "volume-unencrypted": [
    {
      what: "a volume at Linode",
      make: () => new linode.Volume("data", { label: "data" }, kept),
      finding: 'linode:index/volume:Volume data is not encrypted; give it `encryption: "enabled"`',
    },
  ],
  "third-party-image-without-digest": [
    {
      what: "an image by tag",
      make: () => container("proxy", { image: "caddy:2" }),
      finding: `${containerIs("proxy")} runs caddy:2, whose tag`,
    },
    {
      what: "an image by tag at Railway",
      make: () => managed.railwayService({ image: "redis:7" }),
      finding: "testfarm:railway:Service service runs redis:7, whose tag",
    },
  ],
  "backup-missing": [
    {
      what: "PostgreSQL in a container",
      make: () => container("db", { image: `registry.test/library/postgres:17${digest}` }),
      finding: `${containerIs("db")} has NO BACKUP:`,
    },
    {
      what: "PostgreSQL at Railway",
      make: () => managed.railwayService({ image: `postgres:17${digest}`, volume: "volume" }),
      finding: "testfarm:railway:Service service has NO BACKUP:",
    },
  ],
};
