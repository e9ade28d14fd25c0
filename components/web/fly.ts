import * as pulumi from "@pulumi/pulumi";
import type { Api, Web, WebArgs } from "../../infra/contracts/managed.ts";
import { ports } from "../../infra/contracts/docker-host.ts";
import { regions } from "../../infra/managed/regions.ts";
import { App, Certificate, Machine } from "../fly/resources.ts";

/**
 * The page's own image in every city, at https://<label>-web.fly.dev or the domain, which passes `/api` on to the API in the
 * organization's network. The proxy sends people to the nearest city; it stops the page in all but the first one when nobody
 * is there, and starts it with the next request (superfly/docs, launch/autostop-autostart, 2026-08-07).
 *
 * A new page comes city by city, after the API. Another label or domain replaces what has the address. The domain has a
 * certificate of Let's Encrypt, which Fly.io gets once both records are there: nothing waits for it.
 *
 * `pulumi up` fails with "Name has already been taken" where another customer has <label>-web: choose another project or
 * stack name.
 */
export class FlyWeb extends pulumi.ComponentResource implements Web {
  readonly url: pulumi.Output<string>;
  readonly records: Web["records"];
  readonly #name: string;
  readonly #args: WebArgs;
  readonly #app: InstanceType<typeof App>;

  constructor(name: string, args: WebArgs) {
    super("testfarm:web:Fly", name);
    const { accounts, label, domain } = args;
    const child = { parent: this, provider: accounts.at("fly") };
    const organization = accounts.requireIdAt("fly");
    this.#name = name;
    this.#args = args;
    this.#app = new App(name, { name: `${label}-web`, organization, sharedIpv4: true, ipv6: true }, child);
    this.url = pulumi.interpolate`https://${domain ?? this.#app.hostname}`;
    this.records = domain === undefined ? [] : this.#recordsOf(domain, child);
    this.registerOutputs();
  }

  #recordsOf(domain: string, child: pulumi.CustomResourceOptions): Web["records"] {
    const certificate = new Certificate(
      `${this.#name}-certificate`,
      { app: this.#app.name, hostname: domain },
      child,
    );
    return [
      { name: domain, type: "CNAME", value: certificate.cname },
      // Fly.io tells the name too, but a record's has to be known before.
      { name: `_acme-challenge.${domain}`, type: "CNAME", value: certificate.challengeTarget },
    ];
  }

  publish({ privateUrl }: Api): void {
    const { accounts, label, cities, image } = this.#args;
    const machines: pulumi.Resource[] = [];
    for (const city of cities)
      machines.push(
        new Machine(
          `${this.#name}-${city}`,
          {
            app: this.#app.name,
            name: `${label}-web-${city}`,
            region: regions.fly[city],
            // The configuration has made sure that it is there.
            image: image!,
            size: "shared-cpu-1x",
            memory: 256,
            group: "web",
            // The header in which Fly.io says the client's address alone.
            env: { API_URL: privateUrl, CLIENT_IP_HEADER: "Fly-Client-IP" },
            port: ports.web,
            healthPath: "/",
            autostop: city === cities[0] ? "off" : "stop",
            // A live stream is a request.
            softLimit: 1_000,
            hardLimit: 2_000,
          },
          { parent: this, provider: accounts.at("fly"), dependsOn: machines.slice(-1) },
        ),
      );
  }
}
