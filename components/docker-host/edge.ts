import * as pulumi from "@pulumi/pulumi";
import { type DockerHostArgs, ports, slots } from "../../infra/contracts/docker-host.ts";
import { FreePort } from "../provider/docker/resources.ts";
import { single } from "./container.ts";
import type { Parts } from "./parts.ts";

const healthPort = 2020;

/** Holds nothing that changes with a release: a changed configuration cuts every open connection. */
const caddyfile = (site: string, { certificate, httpsPort }: DockerHostArgs) => `{
	admin off
	# The port that browsers see: answers name it, to those who may come back by HTTP/3 and those who came without TLS.
	https_port ${httpsPort}
	# Browsers name no server when the address is an IP.
	default_sni ${site}
}

https://${site} {
${certificate === "internal" ? "\ttls internal\n" : ""}	header {
		Strict-Transport-Security "max-age=31536000"
		-Server
	}
	request_body {
		max_size 2MB
	}
	handle /api/* {
		${upstreams("api", ports.role, "/readyz")}
	}
	handle {
		${upstreams("web", ports.web, "/")}
	}
}

http://127.0.0.1:${healthPort} {
	respond 200
}
`;

/**
 * Both slots, of which those count that are ready; a name that does not resolve is simply not. Requests are sent to who
 * answered last: so a release joins and leaves without a change here.
 */
const upstreams = (service: string, port: number, ready: string) =>
  `reverse_proxy ${slots.map((slot) => `${service}-${slot}:${port}`).join(" ")} {
			health_uri ${ready}
			health_interval 250ms
			health_timeout 1s
			lb_try_duration 10s
			lb_try_interval 50ms
			# Events are passed on as they come.
			flush_interval -1
		}`;

/** Caddy, the only container with ports: TLS, then `/api` to the API and the rest to the page. */
export function edge({ args, images, networks, volumes, site }: Parts) {
  const { httpsPort, httpPort } = args;
  const free = new FreePort(
    "https-port",
    {
      stack: site.label,
      port: httpsPort,
      fix: "End what has it; or, on tier local, name another: pulumi config set testfarm:httpsPort 8443",
    },
    { parent: site.options.parent, provider: site.engine, dependsOn: site.options.dependsOn },
  );
  return single(
    "edge",
    {
      image: images.edge,
      networks: [networks.edge],
      files: [
        {
          path: "/etc/caddy/Caddyfile",
          content: pulumi.output(args.site).apply((name) => caddyfile(name, args)),
        },
      ],
      // Certificates and the account with their issuer, of which there are few to be had a week.
      volumes: [{ volume: volumes.caddy, path: "/data" }],
      ports: [
        ...(httpPort === undefined ? [] : [{ internal: 80, external: httpPort, protocol: "tcp" as const }]),
        { internal: httpsPort, external: httpsPort, protocol: "tcp" },
        { internal: httpsPort, external: httpsPort, protocol: "udp" },
      ],
      init: true,
      after: [free],
      capabilities: ["NET_BIND_SERVICE"],
      health: ["wget", "--quiet", "--spider", `http://127.0.0.1:${healthPort}/`],
    },
    site,
  );
}
