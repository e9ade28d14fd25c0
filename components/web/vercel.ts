import { cpSync, rmSync, writeFileSync } from "node:fs";
// By file: less to load than the package's index.
import { Deployment } from "@pulumiverse/vercel/deployment.js";
import { getProjectDirectory } from "@pulumiverse/vercel/getProjectDirectory.js";
import { Project } from "@pulumiverse/vercel/project.js";
import { ProjectDomain } from "@pulumiverse/vercel/projectDomain.js";
import * as pulumi from "@pulumi/pulumi";
import type { Api, Web, WebArgs } from "../../infra/contracts/managed.ts";
import { builtPage, pageHeaders } from "./page/built-page.ts";

/** What a domain's record names, whatever the project (https://vercel.com/docs/domains/set-up-custom-domain, 2026-02-24). */
const target = "cname.vercel-dns-0.com";

/**
 * The page's files at Vercel, at https://<label>.vercel.app or the domain; `/api` is passed on to the API. Another page, or
 * another address of the API, is another deployment, which takes the address over when it is ready; earlier ones stay at
 * Vercel to go back to. Another label or domain replaces what has the address.
 *
 * Vercel ends a request that it passes on when nothing has come for 120 seconds
 * (https://vercel.com/changelog/cdn-origin-timeout-increased-to-two-minutes, read 2026-11-26): our streams of events say
 * something every 15. That it holds no event back is said nowhere (unverified). It keeps answers of the API only where their
 * Cache-Control lets everybody share them (https://vercel.com/docs/caching/cache-control-headers, 2026-09-14), which none
 * does. Browsers ask for each file whether it has changed, which is Vercel's default.
 *
 * The record is a CNAME: at the name of a zone itself few DNS providers take one. A domain that another account at Vercel
 * has is served once the TXT record is there that its project's settings show.
 *
 * `pulumi up` fails with "Error adding domain to project" where somebody else has <label>.vercel.app: choose another project
 * or stack name, or a domain. With the files go author and message of the last commit, of which Vercel refuses those whose
 * author is no member of the team: "Git author must have access to the project"
 * (https://github.com/vercel/community/discussions/1126; vercel/terraform-provider-vercel v5.4.1, vercel/git_metadata.go).
 */
export class VercelWeb extends pulumi.ComponentResource implements Web {
  readonly url: pulumi.Output<string>;
  readonly records: Web["records"];
  readonly #name: string;
  readonly #page = builtPage();
  readonly #label: string;
  readonly #address: ProjectDomain;
  readonly #place: { readonly projectId: pulumi.Output<string>; readonly teamId?: string };

  constructor(name: string, { accounts, label, domain }: WebArgs) {
    super("testfarm:web:Vercel", name);
    const account = accounts.idAt("vercel");
    const team = account === undefined ? {} : { teamId: account };
    const project = new Project(name, { name: `${label}-web`, ...team }, { parent: this });
    this.#name = name;
    this.#label = label;
    this.#place = { projectId: project.id, ...team };
    // A project has an address of its own, but which one is known only after its first deployment: others may have the name.
    this.#address = new ProjectDomain(
      `${name}-domain`,
      { ...this.#place, domain: domain ?? `${label}.vercel.app` },
      { parent: this },
    );
    this.url = pulumi.interpolate`https://${this.#address.domain}`;
    this.records = domain === undefined ? [] : [{ name: domain, type: "CNAME", value: target }];
    this.registerOutputs();
  }

  publish({ url }: Api): void {
    // Relative, so that other checkouts deploy nothing anew, and so that no name above it is one of those that the function
    // leaves out, such as .cache: vercel/terraform-provider-vercel v5.4.1, file/glob.go and file/ignores.go.
    const directory = `../dist/vercel/${this.#label}`;
    // The API is public where the page is elsewhere.
    const files = pulumi.all([this.#page, url!]).apply(async ([page, apiUrl]) => {
      rmSync(directory, { recursive: true, force: true });
      cpSync(page, directory, { recursive: true });
      writeFileSync(`${directory}/vercel.json`, JSON.stringify(settings(apiUrl), null, 2));
      return (await getProjectDirectory({ path: directory }, { parent: this })).files;
    });
    new Deployment(
      `${this.#name}-deployment`,
      { ...this.#place, files, pathPrefix: directory, production: true },
      // A deployment gets the addresses that its project has by then.
      { parent: this, dependsOn: this.#address },
    );
  }
}

/**
 * vercel.json. A file of the page wins over a rewrite (https://vercel.com/docs/project-configuration/vercel-json#rewrites);
 * `/api/:path*` would answer some with a redirect to the API in place of passing them on
 * (https://github.com/kaualimadesouza/argumenta-web/issues/32, 2026-08-29).
 */
const settings = (apiUrl: string) => ({
  rewrites: [
    { source: "/api/(.*)", destination: `${apiUrl}/api/$1` },
    { source: "/((?!api/|assets/).*)", destination: "/index.html" },
  ],
  headers: [
    {
      source: "/((?!api/).*)",
      headers: Object.entries(pageHeaders).map(([key, value]) => ({ key, value })),
    },
  ],
});
