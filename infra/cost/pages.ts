/** Who serves the page, keeps its pictures, or lends its browsers. */
import { browserbase } from "../prices/browserbase.ts";
import { cloudflare } from "../prices/cloudflare.ts";
import { netlify } from "../prices/netlify.ts";
import { vercel } from "../prices/vercel.ts";
import { type Charge, free, numberOf, once, type Rule, type Rules } from "./rule.ts";
import { picturesGb } from "./usage.ts";

/** Free for each account. */
const freeGb = 10;

const bucket: Rule = () => ({
  item: `bucket, ${freeGb} GB of it free`,
  price: cloudflare.storage,
  quantity: Math.max(0, picturesGb - freeGb),
  assuming: `${picturesGb} GB in it, a million writes and ten million reads at most`,
});

const browsers: Rule = (resource) => {
  const sessions = numberOf(resource, "sessions", 1);
  const plan = browserbase.find((each) => sessions !== undefined && sessions <= each.browsers);
  if (!plan) return { item: `plan for ${sessions ?? "so many"} browsers at once`, unknown: true };
  const { name, hours, price } = plan;
  return {
    item: `plan ${name}, up to ${plan.browsers} browsers at once`,
    price,
    quantity: 1,
    assuming: `${hours} hours of browsers at most`,
  };
};

export const pageRules: Rules = {
  "cloudflare:index/accountToken:AccountToken": free("token"),
  "cloudflare:index/apiToken:ApiToken": free("token"),
  "cloudflare:index/dnsRecord:DnsRecord": free("DNS record"),
  "cloudflare:index/r2Bucket:R2Bucket": once(bucket, () => ({
    item: "bucket",
    price: cloudflare.storage,
    quantity: picturesGb,
    assuming: `${picturesGb} GB in it`,
  })),
  "cloudflare:index/r2BucketCors:R2BucketCors": free("bucket's origins"),
  "cloudflare:index/r2BucketLifecycle:R2BucketLifecycle": free("bucket's expiry"),

  "testfarm:browserbase:Project": once(browsers, free("project")),

  "testfarm:netlify:Deploy": free("deploy"),
  "testfarm:netlify:Site": free("site"),

  "vercel:index/deployment:Deployment": free("deploy"),
  "vercel:index/project:Project": once(
    () => ({ item: "plan Pro", price: vercel.pro, quantity: 1, assuming: "one seat" }),
    free("project"),
  ),
  "vercel:index/projectDomain:ProjectDomain": free("domain"),
  "vercel:index/projectEnvironmentVariable:ProjectEnvironmentVariable": free("variable"),
  "vercel:index/projectEnvironmentVariables:ProjectEnvironmentVariables": free("variables"),
};

export const netlifyAccount = (): Charge => ({ item: "plan Pro", price: netlify.pro, quantity: 1 });
