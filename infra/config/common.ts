/** What the stack files of several tiers may say. */
import { closest } from "fastest-levenshtein";
import { z } from "zod";
import { ruleIds } from "../policy/ids.ts";
import { name, whole } from "./values.ts";

export const cidr = z.union([z.cidrv4(), z.cidrv6()], {
  error: "must be an address range such as 203.0.113.7/32",
});

/** In lower case, as browsers send it and DNS answers, and without the dot behind it that only zone files know. */
const hostname = (error: string) => z.hostname({ error }).regex(/[^.]$/, { error }).toLowerCase();

const reason = "must say why the rule may be broken here";

/** One rule that this stack may break (infra/policy/). */
const waiver = z.strictObject(
  {
    rule: z.enum(ruleIds, {
      error: ({ input }) =>
        typeof input === "string"
          ? `is not a rule; did you mean ${closest(input, [...ruleIds])}?`
          : "must be the id of a rule in docs/policy.md",
    }),
    reason: z.string({ error: reason }).regex(/\S/, { error: reason }),
  },
  { error: ({ code }) => (code === "invalid_type" ? "must name a rule and a reason" : undefined) },
);

export const common = {
  /** Sessions that run at the same time. Each needs about 350 MB of memory. */
  sessions: whole(1, 500),
  /** Address under which people open the page, without a scheme. Default: the server's IP address. */
  domain: hostname("must be a host name without a scheme, such as testfarm.example.com").optional(),
  /** E-mail address of the first owner, who gets in with the output `OWNER_BOOTSTRAP_TOKEN`. Default: any address. */
  ownerEmail: z.email({ error: "must be an e-mail address" }).optional(),
  /** Project at Browserbase, which belongs to the secret `browserbaseApiKey`. Default: browsers of our own. */
  browserbaseProjectId: name("must be a project's id, as Browserbase's dashboard shows it").optional(),
  /** Images of the application and of its page, with tag or digest. Default: built from this repository. */
  image: z
    .strictObject(
      {
        app: name("must be an image such as registry.example.com/testfarm:1.2.3"),
        web: name("must be an image such as registry.example.com/testfarm-web:1.2.3"),
      },
      // Of an unknown key the parser says which known one is nearest.
      { error: ({ code }) => (code === "invalid_type" ? "must name two images, app and web" : undefined) },
    )
    .optional(),
  /**
   * Account that may read `image` at its registry, with the secret `registryPassword`, a password or a token. Default: what
   * `docker login` left on the machine where Pulumi runs, if anything.
   */
  registryUsername: name("must be the name of an account at the images' registry").optional(),
  /** Rules that `up` lets pass though the stack breaks them, each with a reason, which is printed. Nothing else does. */
  waive: z.array(waiver, { error: "must be a list of rules, each with a reason" }).default([]),
};

/**
 * Whether all of the stack may go with it, its data too: nothing is then protected or kept. For previews and drills; to be
 * said before the first `up`.
 */
export const ephemeral = z.boolean({ error: "must be true or false" }).default(false);

/** Seconds for which others may keep what a record says; the most that there is: RFC 2181, section 8. */
const ttl = (min: number) => whole(min, 2 ** 31 - 1).default(300);
const automatic = "must be 1 (automatic) or a whole number from 60 to 86400";
const noZone = "is of use only to cloudflare and digitalocean; name one, or remove it";
/**
 * Whether another stack has the records of `domain` for now: this one makes none, and has them as its output `DNS_RECORDS`.
 * A promotion sets it, and takes it away when it leads people here.
 */
const standby = z.boolean({ error: "must be true or false" }).default(false);
const zoneId = "must be the id of a zone at Cloudflare, 32 hexadecimal digits, not its name";
const zoneName = "must be the name of a domain at DigitalOcean, such as example.com";

/** Who makes the record of `domain` in a zone that is there already; none: somebody, by hand, as `DNS_RECORDS` says. */
export const dns = z
  .discriminatedUnion(
    "provider",
    [
      z.strictObject({
        provider: z.literal("none"),
        zone: z.never({ error: noZone }).optional(),
        ttl: ttl(0),
      }),
      z.strictObject({
        provider: z.literal("cloudflare"),
        zone: z.string({ error: zoneId }).regex(/^[\da-f]{32}$/, { error: zoneId }),
        standby,
        /** Of its plans only Enterprise goes down to 30: `ttl` of DnsRecord in @pulumi/cloudflare 6.22.1. */
        ttl: z
          .int({ error: automatic })
          .refine((seconds) => seconds === 1 || (seconds >= 60 && seconds <= 86_400), { error: automatic })
          .default(300),
      }),
      z.strictObject({
        provider: z.literal("digitalocean"),
        zone: hostname(zoneName),
        standby,
        /** The API refuses less than 30: https://github.com/neatnik/omg.lol/issues/37, 2021-07-25. */
        ttl: ttl(30),
      }),
    ],
    {
      error: ({ code }) =>
        code === "invalid_union"
          ? "must be none, cloudflare or digitalocean"
          : "must name a provider with its zone, such as provider: digitalocean and zone: example.com",
    },
  )
  .prefault({ provider: "none" });
export type DnsProvider = z.output<typeof dns>["provider"];

/** What a record is made of; `parseConfig` compares the two. */
export const records = z.object({ domain: common.domain, dns });

/** Where a stack is whose file names no city. */
export const homeCity = "madrid";
