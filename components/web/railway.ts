import * as pulumi from "@pulumi/pulumi";
import { ports } from "../../infra/contracts/docker-host.ts";
import type { Web, WebArgs } from "../../infra/contracts/managed.ts";
import { regions } from "../../infra/managed/regions.ts";
import { resourceClass } from "../provider/vendor/program.ts";
import { customDomain } from "../provider/vendors/railway/custom-domain.ts";
import { service } from "../provider/vendors/railway/service.ts";
import { apiUrl } from "../railway/api.ts";
import { railwayProject } from "../railway/project.ts";

const RailwayContainers = resourceClass("railway", "Service", service);
const CustomDomain = resourceClass("railway", "CustomDomain", customDomain);

/**
 * The page in a container of the stack's project at Railway, which passes `/api` on to the API in the private network. Its
 * address is Railway's, https://web-production-<something>.up.railway.app, or the domain, which needs two records: Railway
 * gets a certificate once both are there (https://docs.railway.com/networking/domains/working-with-domains, of 2026-08-21).
 *
 * It is there before the API: the API has to know the page's address, and the API's own is known from its name. Until
 * there is an API, it answers `/api` with an error.
 */
export class RailwayWeb extends pulumi.ComponentResource implements Web {
  readonly url: pulumi.Output<string>;
  readonly records: Web["records"];

  constructor(name: string, args: WebArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:web:Railway", name, {}, options);
    const { accounts, credentials, domain } = args;
    const project = railwayProject(args);
    const child = { parent: this, provider: accounts.at("railway") };
    const page = new RailwayContainers(
      name,
      {
        project: project.id,
        environment: project.environment,
        name: "web",
        region: regions.railway[args.near],
        // The configuration has made sure that it is there.
        image: args.image!,
        ...(credentials && {
          registryUsername: credentials.username,
          registryPassword: pulumi.secret(credentials.password),
        }),
        port: ports.web,
        healthPath: "/",
        overlapSeconds: 10,
        drainSeconds: 10,
        restartPolicy: "ALWAYS",
        // Where Railway asks for its health, where the API is, and what Railway's proxy says whose a request is:
        // https://docs.railway.com/networking/public-networking/specs-and-limits
        variables: { PORT: `${ports.web}`, API_URL: apiUrl, CLIENT_IP_HEADER: "X-Real-IP" },
      },
      child,
    );
    this.url = pulumi.interpolate`https://${domain ?? page.host}`;
    this.records = domain === undefined ? [] : recordsOf(name, page, domain, child);
    this.registerOutputs();
  }

  /** The page is there, and knows the API by its name. */
  publish(): void {}
}

function recordsOf(
  name: string,
  { id: serviceId }: pulumi.CustomResource,
  domain: string,
  options: pulumi.CustomResourceOptions,
): Web["records"] {
  const { target, verificationValue } = new CustomDomain(
    `${name}-domain`,
    { service: serviceId, domain, port: ports.web },
    options,
  );
  return [
    { name: domain, type: "CNAME", value: target },
    // A record's name has to be known before Railway tells it; this is what it has been everywhere so far.
    { name: `_railway-verify.${domain}`, type: "TXT", value: verificationValue },
  ];
}
