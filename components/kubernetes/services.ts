import * as kubernetes from "@pulumi/kubernetes";
import { ports } from "../../infra/contracts/docker-host.ts";
import { services as names } from "../../infra/contracts/kubernetes.ts";
import { metadataOf, selectorOf } from "./labels.ts";
import type { Parts } from "./parts.ts";

type Service = keyof typeof names;

/**
 * `browser` has no address of its own: its name has all of its pods, and workers ask one after the other for a place. That
 * of `egress` is of IPv4, as is all that the policies open.
 */
const specs: Readonly<Record<Service, { readonly port: number } & Record<string, unknown>>> = {
  api: { port: ports.role },
  web: { port: ports.web },
  browser: { port: ports.role, clusterIP: "None" },
  egress: { port: ports.role, ipFamilyPolicy: "SingleStack", ipFamilies: ["IPv4"] },
};

/** Under which names the components find each other. */
export function services({ name, args, components, options }: Parts): kubernetes.core.v1.Service[] {
  const found = (Object.keys(names) as Service[]).filter((each) => components.includes(each));
  return found.map((service) => {
    const { port, ...spec } = specs[service];
    return new kubernetes.core.v1.Service(
      `${name}-${service}`,
      {
        metadata: {
          ...metadataOf(names[service], service, args.namespace),
          // Pods need them there first, so that nobody can wait for those here.
          annotations: { "pulumi.com/skipAwait": "true" },
        },
        spec: {
          type: "ClusterIP",
          ...spec,
          selector: selectorOf(service),
          ports: [{ name: "http", port, targetPort: "http", appProtocol: "http" }],
        },
      },
      options,
    );
  });
}
