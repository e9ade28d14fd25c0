import { freePort } from "../../app/embedded/port.ts";
import { runCaddy } from "../support/caddy.ts";
import type { Cluster, KubernetesObject } from "../support/kubernetes/index.ts";

/** The cookie by which a visitor stays at one pod of the API. */
export const stickyCookie = "testfarm_api";

interface Service extends KubernetesObject {
  readonly spec: {
    readonly clusterIP: string;
    readonly selector: Readonly<Record<string, string>>;
    readonly ports: readonly { readonly port: number }[];
  };
}

/**
 * A proxy in place of Traefik, with what `components/charts/traefik-routes.ts` asks of that one: `/api/` goes to the API's
 * pods, to the same one each time by a cookie, all else to the page's; streams are passed on as they come; what no pod could
 * be given is given to another, what one has begun to read is not. It asks the cluster every second which pods are ready.
 * It ends with the test file.
 *
 * @param domain under which the application believes to be reached.
 * @returns its URL, without TLS.
 */
export async function startIngress(program: string, cluster: Cluster, domain: string): Promise<string> {
  const inNamespace = ["--namespace", "testfarm"];
  const names = await cluster.get<Service>("service", "kube-dns", "--namespace", "kube-system");
  /** @returns what finds the pods of a Service that are ready. */
  const podsOf = async (service: string): Promise<string> => {
    const { spec } = await cluster.get<Service>("service", service, ...inNamespace);
    const name = `${service}-pods`;
    await cluster.apply({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name, namespace: "testfarm" },
      spec: { clusterIP: "None", selector: spec.selector, ports: spec.ports.map(({ port }) => ({ port })) },
    });
    return `dynamic a {
			name ${name}.testfarm.svc.cluster.local
			port ${spec.ports[0]!.port}
			refresh 1s
			resolvers ${names.spec.clusterIP}
		}`;
  };
  const port = await freePort();
  const config = caddyfile(port, domain, await podsOf("api"), await podsOf("web"));
  const url = `http://127.0.0.1:${port}`;
  await runCaddy(program, config, `${url}/`);
  return url;
}

const caddyfile = (port: number, domain: string, api: string, web: string) => `{
	admin off
	auto_https off
}

(retry) {
	lb_retries 3
	lb_try_interval 100ms
	# Else it would repeat whatever is read only.
	lb_retry_match {
		method NONE
	}
	header_up Host ${domain}
	header_up X-Forwarded-Proto https
}

http://127.0.0.1:${port} {
	handle /api/* {
		reverse_proxy {
			import retry
			${api}
			lb_policy cookie ${stickyCookie}
			flush_interval -1
		}
	}
	handle {
		reverse_proxy {
			import retry
			${web}
		}
	}
}
`;
