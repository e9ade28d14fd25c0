import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Api, Web, WebArgs } from "../../infra/contracts/managed.ts";
import { resourceClass } from "../provider/vendor/program.ts";
import { deploy } from "../provider/vendors/netlify/deploy.ts";
import { digestOf } from "../provider/vendors/netlify/page.ts";
import { site } from "../provider/vendors/netlify/site.ts";
import { builtPage, pageHeaders } from "./page/built-page.ts";

const Site = resourceClass("netlify", "Site", site);
const Deploy = resourceClass("netlify", "Deploy", deploy);

/**
 * The page's files at Netlify, at https://<label>.netlify.app or the domain; `/api` is passed on to the API. Another page,
 * or another address of the API, is another deploy, which takes the place of the one before without a gap; earlier ones
 * stay at Netlify to go back to. Another label replaces the site, and with it the address.
 *
 * Netlify ends a request that it passes on after 26 seconds, a stream of events too: browsers then open it again with the
 * last event's id, and miss none (https://docs.netlify.com/manage/routing/redirects/rewrites-proxies/#limitations, read
 * 2026-11-26). Browsers ask for each file whether it has changed, which is Netlify's default.
 *
 * It gets a certificate for the domain once the record is there
 * (https://docs.netlify.com/manage/domains/secure-domains-with-https/https-ssl/, read 2026-11-26). The record is a CNAME:
 * at the name of a zone itself few DNS providers take one.
 *
 * `pulumi up` fails with "must be unique" where somebody else has the name or the domain, and names the fix.
 */
export class NetlifyWeb extends pulumi.ComponentResource implements Web {
  readonly url: pulumi.Output<string>;
  readonly records: Web["records"];
  readonly #name: string;
  readonly #page = builtPage();
  readonly #site: InstanceType<typeof Site>;
  readonly #options: pulumi.CustomResourceOptions;

  constructor(name: string, { accounts, label, domain }: WebArgs) {
    super("testfarm:web:Netlify", name);
    this.#name = name;
    this.#options = { parent: this, provider: accounts.at("netlify") };
    this.#site = new Site(
      name,
      {
        name: label,
        accountSlug: accounts.requireIdAt("netlify"),
        ...(domain !== undefined && { customDomain: domain }),
      },
      this.#options,
    );
    const { defaultDomain } = this.#site;
    this.url = pulumi.interpolate`https://${domain ?? defaultDomain}`;
    this.records = domain === undefined ? [] : [{ name: domain, type: "CNAME", value: defaultDomain }];
    this.registerOutputs();
  }

  publish({ url }: Api): void {
    new Deploy(
      `${this.#name}-deploy`,
      {
        siteId: this.#site.id,
        directory: this.#page.apply((page) => resolve(page)),
        digest: this.#page.apply(digestOf),
        // The API is public where the page is elsewhere.
        apiUrl: url!,
        headers: { ...pageHeaders },
      },
      { ...this.#options, retainOnDelete: true },
    );
  }
}
