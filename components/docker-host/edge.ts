import * as pulumi from "@pulumi/pulumi";
import { addresses, type DockerHostArgs } from "../../infra/contracts/docker-host.ts";
import { container } from "./container.ts";
import { memoryLimits } from "./memory.ts";
import type { Parts } from "./parts.ts";

const healthPort = 2020;

/** Holds nothing that changes with a release: a changed configuration cuts every open connection. */
const caddyfile = (site: string, certificate: DockerHostArgs["certificate"]) => `{
	admin off
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
		reverse_proxy ${addresses.api} {
			# Events are passed on as they come.
			flush_interval -1
			lb_try_duration 10s
		}
	}
	handle {
		reverse_proxy ${addresses.web} {
			lb_try_duration 10s
		}
	}
}

http://127.0.0.1:${healthPort} {
	respond 200
}
`;

/** Caddy, the only container with ports: TLS, then `/api` to the API and the rest to the page. */
export function edge({ args, images, networks, volumes, site }: Parts) {
  return container(
    "edge",
    {
      image: images.edge,
      memory: memoryLimits(args.sessions).edge,
      networks: [networks.edge],
      files: [
        {
          path: "/etc/caddy/Caddyfile",
          content: pulumi.output(args.site).apply((name) => caddyfile(name, args.certificate)),
        },
      ],
      // Certificates and the account with their issuer, of which there are few to be had a week.
      volumes: [{ volume: volumes.caddy, path: "/data" }],
      ports: [
        { port: 80, protocol: "tcp" },
        { port: 443, protocol: "tcp" },
        { port: 443, protocol: "udp" },
      ],
      capabilities: ["NET_BIND_SERVICE"],
      health: ["wget", "--quiet", "--spider", `http://127.0.0.1:${healthPort}/`],
    },
    site,
  );
}
