import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { ports } from "../../infra/contracts/docker-host.ts";
import type { Api, Web, WebArgs } from "../../infra/contracts/managed.ts";
import { regions } from "../../infra/managed/regions.ts";
import { resourceClass } from "../provider/vendor/program.ts";
import { customDomain } from "../provider/vendors/render/custom-domain.ts";
import { service } from "../provider/vendors/render/service.ts";
import { renderRegistry } from "../render/registry.ts";

const RenderContainers = resourceClass("render", "Service", service);
const CustomDomain = resourceClass("render", "CustomDomain", customDomain);

/** Of names that everybody shares, those that end in this are ours: it is the same for a workspace each time. */
const suffixOf = (ownerId: string): string => createHash("sha256").update(ownerId).digest("hex").slice(0, 6);

/**
 * The page in a container at Render, which passes `/api` on to the API in the private network of its region. Its address is
 * https://<label>-web-<something of the workspace's own>.onrender.com, or the domain, whose record leads there.
 *
 * Page and API have to know each other's address. The page's is told before it is made, from its name. Should somebody else
 * have it, Render puts something behind it, and `pulumi up` fails with "is somebody else's": then the stack needs another
 * name (pulumi destroy, pulumi stack rename, pulumi up).
 *
 * Render looks for a domain's record as it makes the domain, minutes after the record was made: the page comes after the
 * API. Where that was too early, or the record is made by hand, "Verify" in the service's settings makes it look again
 * (https://render.com/docs/custom-domains, read 2026-11-26).
 */
export class RenderWeb extends pulumi.ComponentResource implements Web {
  readonly url: pulumi.Output<string>;
  readonly records: Web["records"];
  readonly #name: string;
  readonly #args: WebArgs;
  /** What it is called there. */
  readonly #called: string;
  readonly #host: string;

  constructor(name: string, args: WebArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:web:Render", name, {}, options);
    const { accounts, label, domain } = args;
    this.#name = name;
    this.#args = args;
    this.#called = `${label}-web-${suffixOf(accounts.requireIdAt("render"))}`;
    this.#host = `${this.#called}.onrender.com`;
    this.url = pulumi.output(`https://${domain ?? this.#host}`);
    this.records = domain === undefined ? [] : [{ name: domain, type: "CNAME", value: this.#host }];
  }

  publish({ privateUrl }: Api): void {
    const { accounts, domain, image, near } = this.#args;
    const child = { parent: this, provider: accounts.at("render") };
    const page = new RenderContainers(
      this.#name,
      {
        name: this.#called,
        ownerId: accounts.requireIdAt("render"),
        region: regions.render[near],
        type: "web_service",
        publicHost: this.#host,
        // The configuration has made sure that it is there.
        image: image!,
        ...renderRegistry(this.#args),
        healthCheckPath: "/",
        maxShutdownDelaySeconds: 10,
        // Where Render passes requests on to, where the API is, and what Render's proxy says whose a request is:
        // https://render.com/docs/web-services#port-binding
        variables: {
          PORT: `${ports.web}`,
          API_URL: privateUrl,
          CLIENT_IP_HEADER: "True-Client-IP",
        },
      },
      child,
    );
    if (domain !== undefined)
      new CustomDomain(`${this.#name}-domain`, { serviceId: page.id, name: domain, hasRecord: true }, child);
    this.registerOutputs();
  }
}
